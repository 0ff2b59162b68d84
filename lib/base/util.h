/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* util.h - growable arrays, small files, directories, strict numbers */
#ifndef TM_BASE_UTIL_H
#define TM_BASE_UTIL_H

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#define TM_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * tm_grow() - room for one more element in a growing array
 *
 * Doubles; large blocks are moved by mremap(2) and untouched pages cost
 * nothing, so growing does not raise the peak.
 *
 * Return: the array, maybe moved; NULL when out of memory (@array stays).
 */
void *tm_grow(void *array, size_t count, size_t *capacity, size_t size);

/*
 * tm_advise_large() - a block that was not written yet and soon will be
 *
 * Huge pages spare page faults and TLB misses, where the host lets them be
 * asked for: a quarter of the CPU time of a look at 500,000 sockets.
 */
void tm_advise_large(void *block, size_t size);

/*
 * tm_append() - copies @element behind the @count elements of @array
 *
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
#define tm_append(array, count, capacity, element)       \
	tm_append_bytes(&(array), &(count), &(capacity), \
			1 ? (element) : (array), sizeof(*(array)))
/*
 * Inline, so that @size is a constant: once a socket and fd. @array is the
 * address of a pointer, of whatever type.
 */
static inline int tm_append_bytes(void *array, size_t *count, size_t *capacity,
				  const void *element, size_t size)
{
	uint8_t *moved;

	memcpy(&moved, array, sizeof(moved));
	if (*count == *capacity) {
		moved = tm_grow(moved, *count, capacity, size);
		if (!moved)
			return -ENOMEM;
		memcpy(array, &moved, sizeof(moved));
	}
	memcpy(moved + (*count)++ * size, element, size);
	return 0;
}

/*
 * tm_shortage() - -EMFILE, -ENFILE and -ENOMEM as they are; 0 for all else
 *
 * They tell of this process and its host, and nothing of what was asked for:
 * neither that it is gone nor that it may not be read nor that it is unknown.
 */
int tm_shortage(int error);

/*
 * tm_open_below() - opens a file below a root for reading, CLOEXEC
 *
 * Return: the fd, or -errno.
 */
int tm_open_below(const char *root, const char *path);

/*
 * tm_read_file() - reads a whole small file, NUL-terminated
 * @limit: bytes that are read at most; what is longer is -EFBIG
 *
 * Files of /proc and /sys have no size; this reads until the end.
 *
 * Return: 0 and a buffer to free in @text, its length in @len; or -errno.
 */
int tm_read_file(const char *root, const char *path, size_t limit, char **text,
		 size_t *len);

/* tm_read_all() - the same of an open file */
int tm_read_all(int fd, size_t limit, char **text, size_t *len);

/*
 * tm_find_line() - the line that begins with the word @word and a space
 *
 * Return: what follows the word; NULL if no line begins so.
 */
const char *tm_find_line(const char *text, const char *word);

/*
 * tm_compare_names() - strverscmp(): "a9" is before "a10"
 *
 * That of musl before 1.2.4 puts digits behind whatever is no digit.
 */
int tm_compare_names(const char *a, const char *b);

/* tm_reverse() - turns @size bytes round: a number into the other byte order */
void tm_reverse(void *at, size_t size);

/*
 * tm_text_open() - a stream that makes a text, as open_memstream(3) does
 * @text, @size: of what was flushed, followed by a NUL; the caller frees it
 *
 * That of glibc 2.36 does not tell that it lost a part for want of memory:
 * neither ferror() nor fclose() does.
 *
 * Return: NULL: -ENOMEM.
 */
FILE *tm_text_open(char **text, size_t *size);

/*
 * tm_text_close() - ends a text of tm_text_open()
 *
 * Return: 0; -ENOMEM, and NULL in @text, if it is not whole.
 */
int tm_text_close(FILE *out, char **text);

/* tm_now_ns() - nanoseconds of a clock that every kernel has */
int64_t tm_now_ns(clockid_t clock);

/*
 * tm_random_seed() - an odd number that nobody knows
 *
 * Whoever opens sockets or writes files chooses numbers: a seed keeps him from
 * choosing ones that meet in one place of a hash.
 */
uint64_t tm_random_seed(void);

/*
 * tm_parse_u64() - a decimal number and where it ended
 *
 * No sign, no leading space, no overflow.
 *
 * Return: 0, -EINVAL if there is no digit, -ERANGE if it does not fit.
 */
int tm_parse_u64(const char *text, const char **end, uint64_t *value);

/* tm_hex_digit() - the value of a hexadecimal digit; -1 if @c is none */
int tm_hex_digit(char c);

/* tm_parse_pid() - the pid or tid that the whole @name is; 0 if it is none */
uint32_t tm_parse_pid(const char *name);

/*
 * tm_parse_link() - the inode in "KIND:[123]", as links of /proc are
 *
 * A file cannot pretend: its link begins with a slash.
 *
 * Return: the inode, or 0 if it is something else.
 */
uint64_t tm_parse_link(const char *text, const char *kind);

/*
 * struct tm_dir - a directory of /proc, read many entries at a time
 *
 * One buffer serves any number of directories, one after the other.
 */
struct tm_dir {
	int fd; /* of the open directory, for openat() and readlinkat() */
	size_t at, len;
	_Alignas(8) uint8_t buf[32768];
};

/* tm_dir_open() - opens @path below @at. Return: 0 or -errno. */
int tm_dir_open(struct tm_dir *dir, int at, const char *path);
void tm_dir_close(struct tm_dir *dir);

/* tm_dir_next() - Return: 1 and the next entry, 0 at the end, or -errno. */
int tm_dir_next(struct tm_dir *dir, const struct dirent **entry);

/*
 * tm_user_format() - the name of a user, else the number
 * @elsewhere: another host may have other users: root alone has a name
 */
void tm_user_format(uint32_t uid, bool elsewhere, char *text, size_t size);

/* ---- helper threads ---- */

/*
 * tm_thread_start() - starts a thread that no signal reaches
 *
 * The program's handlers run in its own threads.
 *
 * Return: 0, or -EAGAIN.
 */
int tm_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/* tm_thread_cpus() - how many threads can run at once; at least 1 */
size_t tm_thread_cpus(void);

#endif
