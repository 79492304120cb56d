FROM busybox
ENV --x A=b
