FROM a
ADD --checksum=md5:0 https://example.com/x y
