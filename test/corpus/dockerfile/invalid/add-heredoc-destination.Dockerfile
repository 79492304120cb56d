FROM busybox
ADD a <<E
E
