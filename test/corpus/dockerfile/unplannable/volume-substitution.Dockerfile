FROM busybox
VOLUME ${A
