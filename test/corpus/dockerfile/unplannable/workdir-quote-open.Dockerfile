FROM busybox
WORKDIR "/a
