FROM busybox
ADD --chekcsum=x a b
