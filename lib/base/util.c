// SPDX-License-Identifier: LGPL-2.1-or-later
/* util.c - growable arrays, small files, directories, strict numbers */
#include "base/util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#ifdef TM_STATIC
#include <nss.h>
#endif
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

void *tm_grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t more;
	void *moved;

	if (count < *capacity)
		return array;
	more = *capacity ? *capacity * 2 : 16;
	moved = reallocarray(array, more, size);
	if (moved)
		*capacity = more;
	return moved;
}

/* Below, clearing a huge page costs more than the page faults that it saves. */
#define LARGE (4u << 20)

void tm_advise_large(void *block, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t before = (page - (uintptr_t)block % page) % page;

	if (block && size >= LARGE)
		(void)madvise((char *)block + before, size - before - page,
			      MADV_HUGEPAGE);
}

int tm_shortage(int error)
{
	bool lacks = error == -EMFILE || error == -ENFILE || error == -ENOMEM;

	return lacks ? error : 0;
}

struct text {
	char **text;
	size_t *size;
	size_t capacity;
};

static ssize_t append(void *cookie, const char *data, size_t size)
{
	struct text *to = cookie;
	size_t need = *to->size + size + 1;

	if (need > to->capacity) {
		size_t more = need > to->capacity * 2 ? need : to->capacity * 2;
		char *moved = realloc(*to->text, more);

		if (!moved)
			return 0;
		*to->text = moved;
		to->capacity = more;
	}
	memcpy(*to->text + *to->size, data, size);
	*to->size += size;
	(*to->text)[*to->size] = '\0';
	return (ssize_t)size;
}

static int end_text(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *tm_text_open(char **text, size_t *size)
{
	static const cookie_io_functions_t functions = {
		.write = append,
		.close = end_text,
	};
	struct text *to = calloc(1, sizeof(*to));
	FILE *out = NULL;

	*size = 0;
	*text = strdup("");
	if (to && *text) {
		*to = (struct text){ text, size, 1 };
		out = fopencookie(to, "w", functions);
	}
	if (out)
		return out;
	free(to);
	free(*text);
	*text = NULL;
	return NULL;
}

int tm_text_close(FILE *out, char **text)
{
	bool failed = ferror(out);

	if (fclose(out) == 0 && !failed)
		return 0;
	free(*text);
	*text = NULL;
	return -ENOMEM;
}

int64_t tm_now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Files of /proc have no size: reads until end of file. */
int tm_read_all(int fd, size_t limit, char **text, size_t *len)
{
	size_t capacity = 4096, used = 0;
	char *buf = malloc(capacity);
	ssize_t got;

	if (!buf)
		return -ENOMEM;
	for (;;) {
		if (used + 1 == capacity) {
			char *moved = realloc(buf, capacity * 2);

			if (!moved) {
				free(buf);
				return -ENOMEM;
			}
			buf = moved;
			capacity *= 2;
		}
		got = read(fd, buf + used, capacity - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
		if (used > limit) {
			free(buf);
			return -EFBIG;
		}
	}
	if (got < 0) {
		int error = -errno;

		free(buf);
		return error;
	}
	buf[used] = '\0';
	*text = buf;
	*len = used;
	return 0;
}

int tm_open_below(const char *root, const char *path)
{
	char full[PATH_MAX];
	int ret, fd;

	ret = snprintf(full, sizeof(full), "%s/%s", root, path);
	if (ret < 0 || (size_t)ret >= sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int tm_read_file(const char *root, const char *path, size_t limit, char **text,
		 size_t *len)
{
	int fd, ret;

	fd = tm_open_below(root, path);
	if (fd < 0)
		return fd;
	ret = tm_read_all(fd, limit, text, len);
	close(fd);
	return ret;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int tm_compare_names(const char *a, const char *b)
{
	size_t same = 0;

	while (a[same] && a[same] == b[same])
		same++;
	if ((same && is_digit(a[same - 1])) ||
	    (is_digit(a[same]) && is_digit(b[same])))
		return strverscmp(a, b);
	return (unsigned char)a[same] - (unsigned char)b[same];
}

const char *tm_find_line(const char *text, const char *word)
{
	size_t len = strlen(word);

	while (text) {
		if (strncmp(text, word, len) == 0 && text[len] == ' ')
			return text + len;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

void tm_reverse(void *at, size_t size)
{
	uint8_t *bytes = at;

	for (size_t i = 0; i < size / 2; i++) {
		uint8_t first = bytes[i];

		bytes[i] = bytes[size - 1 - i];
		bytes[size - 1 - i] = first;
	}
}

uint64_t tm_random_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = UINT64_C(0x9e3779b97f4a7c15);
	return seed | 1;
}

int tm_parse_u64(const char *text, const char **end, uint64_t *value)
{
	uint64_t number = 0;
	const char *p = text;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (number > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		number = number * 10 + digit;
	}
	*value = number;
	*end = p;
	return 0;
}

int tm_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

uint32_t tm_parse_pid(const char *name)
{
	const char *end;
	uint64_t pid;

	if (tm_parse_u64(name, &end, &pid) < 0 || *end || pid > INT32_MAX)
		return 0;
	return (uint32_t)pid;
}

uint64_t tm_parse_link(const char *text, const char *kind)
{
	size_t len = strlen(kind);
	const char *end;
	uint64_t inode;

	if (strncmp(text, kind, len) != 0 || strncmp(text + len, ":[", 2) != 0)
		return 0;
	if (tm_parse_u64(text + len + 2, &end, &inode) < 0)
		return 0;
	return strcmp(end, "]") == 0 ? inode : 0;
}

int tm_dir_open(struct tm_dir *dir, int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	dir->fd = fd;
	dir->at = 0;
	dir->len = 0;
	return 0;
}

void tm_dir_close(struct tm_dir *dir)
{
	close(dir->fd);
}

/*
 * What the kernel writes is a struct dirent of either C library: its numbers
 * have 64 bits with _FILE_OFFSET_BITS=64, which meson sets.
 */
int tm_dir_next(struct tm_dir *dir, const struct dirent **entry)
{
	const struct dirent *found;
	ssize_t len;

	if (dir->at == dir->len) {
		len = syscall(SYS_getdents64, dir->fd, dir->buf,
			      sizeof(dir->buf));
		if (len <= 0)
			return len < 0 ? -errno : 0;
		dir->len = (size_t)len;
		dir->at = 0;
	}
	found = (const struct dirent *)(dir->buf + dir->at);
	dir->at += found->d_reclen;
	*entry = found;
	return 1;
}

void tm_user_format(uint32_t uid, bool elsewhere, char *text, size_t size)
{
	struct passwd entry, *found = NULL;
	char names[4096];

	/* where it fails, there is none */
	if (!elsewhere)
		(void)getpwuid_r((uid_t)uid, &entry, names, sizeof(names),
				 &found);
	if (found)
		snprintf(text, size, "%s", found->pw_name);
	else if (elsewhere && !uid)
		snprintf(text, size, "root");
	else
		snprintf(text, size, "%" PRIu32, uid);
}

#ifdef TM_STATIC
/*
 * What nsswitch.conf names besides files are shared objects: the C library that
 * one loads into a static program is not the program's own, and it crashes.
 */
__attribute__((constructor)) static void use_files_alone(void)
{
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("services", "files");
	__nss_configure_lookup("hosts", "files dns");
}
#endif

/* ---- helper threads ---- */

int tm_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

size_t tm_thread_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}
