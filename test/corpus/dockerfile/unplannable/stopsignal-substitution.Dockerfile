FROM busybox
STOPSIGNAL ${A:!b}
