FROM busybox
ADD "a /b
