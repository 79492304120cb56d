FROM busybox
ADD --chmod=9 a /b
