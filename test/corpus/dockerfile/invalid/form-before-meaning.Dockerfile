FROM a b c d
CMD [1]
