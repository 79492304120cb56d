FROM busybox
MAINTAINER --x me
