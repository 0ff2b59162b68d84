/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iter.h - what tests of the kernel's iterator need of the host */
#ifndef ITER_H
#define ITER_H

/*
 * iter_prepare() - skips the program without root, or without an iterator that
 * tells of sockets
 *
 * Return: how many scenes a dump shows: a kernel before 6.8 shows none of bound
 * sockets.
 */
int iter_prepare(void);

#endif
