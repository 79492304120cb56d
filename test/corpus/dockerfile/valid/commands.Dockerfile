FROM busybox
CMD
CMD a "b" $C && d
CMD ["a", "b \"c\"", "\u00e9"]
CMD []
CMD [ "a" ] b
CMD ['a']
ENTRYPOINT ["x"]
ENTRYPOINT exec y "z"
SHELL ["/bin/bash", "-c"]
RUN ["a"]
RUN [ a ]
RUN a; \
  b
