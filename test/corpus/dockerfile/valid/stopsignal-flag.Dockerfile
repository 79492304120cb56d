FROM busybox
STOPSIGNAL --x 9
