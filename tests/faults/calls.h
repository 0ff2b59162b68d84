/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * calls.h - the system calls that may be made to fail
 *
 * Left out are those that only get memory (an allocation is failed by
 * itself), wait for another thread, or cannot fail; and the old open(), which
 * no libc calls but sanitizers do.
 */
#ifndef TM_FAULTS_CALLS_H
#define TM_FAULTS_CALLS_H

#include <stddef.h>
#include <sys/syscall.h>

#ifndef SYS_listns
#define SYS_listns 470
#endif

/*
 * No system call has this number: agent.c reports by it
 *
 * The first argument is one of enum report, the second a number or a text.
 */
#define REPORT_CALL 0x7fff0

enum report {
	REPORT_END,	/* the allocations that were counted */
	REPORT_REFUSED, /* where the allocation that failed is made */
};

/* Which arguments say what a call is about. */
enum about {
	ABOUT_NOTHING,
	ABOUT_FD,	 /* fd */
	ABOUT_FD_NUMBER, /* fd, a command or an option */
	ABOUT_FD_OPTION, /* fd, a level, an option */
	ABOUT_NUMBER,	 /* a command */
	ABOUT_PATH,	 /* path */
	ABOUT_AT,	 /* directory, path */
	ABOUT_OPEN_AT,	 /* directory, path, flags */
	ABOUT_MAPPING,	 /* the fifth is a file */
};

struct call {
	int number;
	const char *name;
	enum about about;
};

/* What an architecture does not have, its libc does without. */
static const struct call calls[] = {
#ifdef SYS_readlink
	{ SYS_readlink, "readlink", ABOUT_PATH },
	{ SYS_stat, "stat", ABOUT_PATH },
	{ SYS_lstat, "lstat", ABOUT_PATH },
	{ SYS_access, "access", ABOUT_PATH },
	{ SYS_unlink, "unlink", ABOUT_PATH },
	{ SYS_rename, "rename", ABOUT_PATH },
	{ SYS_link, "link", ABOUT_PATH },
	{ SYS_mkdir, "mkdir", ABOUT_PATH },
	{ SYS_rmdir, "rmdir", ABOUT_PATH },
	{ SYS_pipe, "pipe", ABOUT_NOTHING },
	{ SYS_dup2, "dup2", ABOUT_FD },
	{ SYS_poll, "poll", ABOUT_NOTHING },
	{ SYS_fork, "fork", ABOUT_NOTHING },
	{ SYS_vfork, "vfork", ABOUT_NOTHING },
#endif
	{ SYS_openat, "openat", ABOUT_OPEN_AT },
	{ SYS_readlinkat, "readlinkat", ABOUT_AT },
#ifdef SYS_newfstatat
	{ SYS_newfstatat, "fstatat", ABOUT_AT },
#endif
	{ SYS_statx, "statx", ABOUT_AT },
	{ SYS_fstat, "fstat", ABOUT_FD },
	{ SYS_statfs, "statfs", ABOUT_PATH },
	{ SYS_fstatfs, "fstatfs", ABOUT_FD },
	{ SYS_faccessat, "faccessat", ABOUT_AT },
	{ SYS_getdents64, "getdents64", ABOUT_FD },
	{ SYS_read, "read", ABOUT_FD },
	{ SYS_pread64, "pread64", ABOUT_FD },
	{ SYS_readv, "readv", ABOUT_FD },
	{ SYS_write, "write", ABOUT_FD },
	{ SYS_pwrite64, "pwrite64", ABOUT_FD },
	{ SYS_writev, "writev", ABOUT_FD },
	{ SYS_close, "close", ABOUT_FD },
	{ SYS_lseek, "lseek", ABOUT_FD },
#ifdef SYS_mmap2 /* what a C library of 32 bits calls */
	{ SYS_mmap2, "mmap", ABOUT_MAPPING },
#else
	{ SYS_mmap, "mmap", ABOUT_MAPPING },
#endif
	{ SYS_dup, "dup", ABOUT_FD },
	{ SYS_dup3, "dup3", ABOUT_FD },
	{ SYS_fcntl, "fcntl", ABOUT_FD_NUMBER },
	{ SYS_ioctl, "ioctl", ABOUT_FD_NUMBER },
	{ SYS_fsync, "fsync", ABOUT_FD },
	{ SYS_fdatasync, "fdatasync", ABOUT_FD },
	{ SYS_ftruncate, "ftruncate", ABOUT_FD },
	{ SYS_fallocate, "fallocate", ABOUT_FD },
	{ SYS_fchmod, "fchmod", ABOUT_FD },
	{ SYS_fchown, "fchown", ABOUT_FD },
	{ SYS_unlinkat, "unlinkat", ABOUT_AT },
	{ SYS_renameat, "renameat", ABOUT_AT },
	{ SYS_renameat2, "renameat2", ABOUT_AT },
	{ SYS_linkat, "linkat", ABOUT_AT },
	{ SYS_mkdirat, "mkdirat", ABOUT_AT },
	{ SYS_socket, "socket", ABOUT_NUMBER },
	{ SYS_bind, "bind", ABOUT_FD },
	{ SYS_connect, "connect", ABOUT_FD },
	{ SYS_sendmsg, "sendmsg", ABOUT_FD },
	{ SYS_sendto, "sendto", ABOUT_FD },
	{ SYS_recvmsg, "recvmsg", ABOUT_FD },
	{ SYS_recvfrom, "recvfrom", ABOUT_FD },
	{ SYS_setsockopt, "setsockopt", ABOUT_FD_OPTION },
	{ SYS_getsockopt, "getsockopt", ABOUT_FD_OPTION },
	{ SYS_getsockname, "getsockname", ABOUT_FD },
	{ SYS_setns, "setns", ABOUT_FD },
	{ SYS_open_by_handle_at, "open_by_handle_at", ABOUT_NOTHING },
	{ SYS_listns, "listns", ABOUT_NOTHING },
	{ SYS_kcmp, "kcmp", ABOUT_NOTHING },
	{ SYS_bpf, "bpf", ABOUT_NUMBER },
	{ SYS_pidfd_open, "pidfd_open", ABOUT_NOTHING },
	{ SYS_pidfd_getfd, "pidfd_getfd", ABOUT_NOTHING },
	{ SYS_pidfd_send_signal, "pidfd_send_signal", ABOUT_NOTHING },
	{ SYS_clone, "clone", ABOUT_NOTHING },
	{ SYS_clone3, "clone3", ABOUT_NOTHING },
	{ SYS_execve, "execve", ABOUT_PATH },
	{ SYS_wait4, "wait4", ABOUT_NOTHING },
	{ SYS_waitid, "waitid", ABOUT_NOTHING },
	{ SYS_kill, "kill", ABOUT_NOTHING },
	{ SYS_setpgid, "setpgid", ABOUT_NOTHING },
	{ SYS_pipe2, "pipe2", ABOUT_NOTHING },
	{ SYS_eventfd2, "eventfd2", ABOUT_NOTHING },
	{ SYS_signalfd4, "signalfd4", ABOUT_NOTHING },
	{ SYS_timerfd_create, "timerfd_create", ABOUT_NOTHING },
	{ SYS_epoll_create1, "epoll_create1", ABOUT_NOTHING },
	{ SYS_ppoll, "ppoll", ABOUT_NOTHING },
	{ SYS_pselect6, "pselect6", ABOUT_NOTHING },
	{ SYS_epoll_pwait, "epoll_pwait", ABOUT_NOTHING },
	{ SYS_nanosleep, "nanosleep", ABOUT_NOTHING },
	{ SYS_clock_nanosleep, "clock_nanosleep", ABOUT_NOTHING },
	{ SYS_prctl, "prctl", ABOUT_NUMBER },
	{ SYS_prlimit64, "prlimit64", ABOUT_NOTHING },
	{ REPORT_CALL, "report", ABOUT_NOTHING },
};

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

#endif
