FROM busybox
ARG --x A
