FROM a
RUN ["a", "b"]
RUN ['a', "b"]
RUN [a, b]
RUN ["a", "b"
RUN ["a"] && b
RUN []
RUN [ ]
CMD ["\u0041\n", "\\", "\"", "日本"]
SHELL ["x"]
VOLUME [ "/a" , "/b c" ]
VOLUME /a ["/b"]
