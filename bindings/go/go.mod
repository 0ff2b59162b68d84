module libtcpmem/example

go 1.19
