FROM a
ENV B=1 \
    C \
    D=2
