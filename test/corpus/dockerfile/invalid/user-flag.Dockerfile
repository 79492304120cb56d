FROM busybox
USER --x a
