FROM busybox
WORKDIR --x /a
