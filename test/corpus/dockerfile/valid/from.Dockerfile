ARG A=b
FROM busybox
FROM busybox:1.36 AS one
FROM --platform=$TARGETPLATFORM busybox@sha256:0123 as two-2_x.y
FROM ${A:-busybox}
FROM one
FROM scratch
