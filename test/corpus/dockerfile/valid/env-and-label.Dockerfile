FROM busybox
ENV A=b C="d e" F='g h' I=j\ k L=
ENV old the rest "of it" $stays  as is
ENV M=${N:-o} P="\"q\""
LABEL a=b "c d"="e f" g.h/i=j
LABEL k l m
LABEL multi="a\
b" \
  n=o
