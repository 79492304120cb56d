ARG A
ARG B=1 C="two words" D='$x' E=
FROM busybox
ARG F=$A\ b G
ARG "H=quoted name"
