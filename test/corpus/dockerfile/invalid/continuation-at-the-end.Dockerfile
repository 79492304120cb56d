FROM busybox
COPY a \
