FROM busybox
COPY <<E
E
