FROM busybox
RUNtrue
