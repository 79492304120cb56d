FROM a
RUN --mount=type=bind,from=b,source=/c,target=/d,rw --mount=type=cache,id=e,dst=/f,sharing=locked,mode=0700,uid=1,gid=2 g
RUN --mount=type=tmpfs,target=/h,size=1m --mount=type=secret,id=i,env=J --mount=type=ssh,id=k,required l
RUN --mount=target=/x,source=$Y z
