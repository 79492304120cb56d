FROM busybox
onbuild onbuild run a
