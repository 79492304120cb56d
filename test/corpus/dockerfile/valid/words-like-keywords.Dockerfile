FROM run AS copy
RUN from
COPY run copy
ENV RUN=FROM
