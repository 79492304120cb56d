FROM busybox
EXPOSE --x 80
