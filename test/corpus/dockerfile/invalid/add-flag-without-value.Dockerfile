FROM busybox
ADD --checksum a b
