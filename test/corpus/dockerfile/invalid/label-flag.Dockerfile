FROM busybox
LABEL --x a=b
