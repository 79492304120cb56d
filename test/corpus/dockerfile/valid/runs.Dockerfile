FROM busybox
RUN --mount=type=bind,target=/a --mount=type=cache,target=/b,readonly --network=host --security=insecure c
RUN --network=default ["a"]
RUN --mount=type=secret,source=/a,target=/b,mode=0400,required=true --mount=type=ssh,target=/s,uid=1,gid=2,mode=0600 c
RUN --mount=type=tmpfs,target=$T a
RUN	a
