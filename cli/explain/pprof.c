// SPDX-License-Identifier: LGPL-2.1-or-later
/* pprof.c - fetches the profiles of a Go program with libcurl */
#include "explain.h"

#include "cli.h"
#include "messages.h"
#include "symbol.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CURL
#include "loopback.h"

/*
 * libcurl is loaded at run time: it needs thirty libraries, whose start would
 * take more time and memory than the sockets of most hosts.
 */
/* The type checks of curl.h call curl_easy_setopt(), which is not linked. */
#define CURL_DISABLE_TYPECHECK

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The functions of libcurl in use, without curl_ */
/* clang-format formats this list differently each time. */
/* clang-format off */
#define CURL_FUNCTIONS(X)                                        \
	X(easy_cleanup) X(easy_init) X(easy_perform)             \
	X(easy_setopt) X(easy_strerror) X(free) X(global_init)   \
	X(url) X(url_cleanup) X(url_get) X(url_set)
/* clang-format on */

struct curl_lib {
#define X(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(X)
#undef X
};

/* The names of libcurl built with OpenSSL and with GnuTLS */
static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

static const struct curl_lib *curl_lib_load(void)
{
	static struct curl_lib curl;
	void *lib = NULL;

	for (size_t i = 0; !lib && i < ARRAY_SIZE(names); i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return NULL;
#define X(name)                                                              \
	if (!symbol_find(lib, "curl_" #name, &curl.name, sizeof(curl.name))) \
		return NULL;
	CURL_FUNCTIONS(X)
#undef X
	return &curl;
}

/* A profile has a line for each allocation site: this is a large one. */
#define TEXT_LIMIT (64 * 1024 * 1024)

/* For both profiles, names looked up included. */
#define TIME_MS 10000

/* struct request - @deadline_ms: of the monotonic clock, for all of it */
struct request {
	const struct curl_lib *lib;
	CURL *curl;
	int64_t deadline_ms;
};

/* The body of a response as it arrives */
struct text {
	char *data;
	size_t len;
	size_t capacity;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
	struct text *text = user;
	char *moved;

	size *= count;
	if (size > TEXT_LIMIT - text->len)
		return 0;
	if (text->len + size > text->capacity) {
		moved = realloc(text->data, 2 * (text->len + size));
		if (!moved)
			return 0;
		text->data = moved;
		text->capacity = 2 * (text->len + size);
	}
	memcpy(text->data + text->len, data, size);
	text->len += size;
	return size;
}

/* The path of @url with @file below it; without one, where Go's is. */
static char *make_path(const struct curl_lib *lib, CURLU *url, const char *file)
{
	char *path, *whole;
	size_t len;

	if (lib->url_get(url, CURLUPART_PATH, &path, 0))
		return NULL;
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	if (asprintf(&whole, "%.*s/%s", len ? (int)len : 12,
		     len ? path : "/debug/pprof", file) < 0)
		whole = NULL;
	lib->free(path);
	return whole;
}

/* A URL without a path gets /debug/pprof. */
static int set_path(const struct curl_lib *lib, CURLU *url, const char *file)
{
	char *whole = make_path(lib, url, file);
	int ret;

	if (!whole)
		return -1;
	ret = lib->url_set(url, CURLUPART_PATH, whole, 0) ||
			      lib->url_set(url, CURLUPART_QUERY, "debug=1", 0)
		      ? -1
		      : 0;
	free(whole);
	return ret;
}

static CURLU *understand(const struct curl_lib *lib, const char *text,
			 const char *file)
{
	CURLU *url = lib->url();
	char *scheme = NULL;
	bool http = false;

	if (url && !lib->url_set(url, CURLUPART_URL, text, 0) &&
	    !lib->url_get(url, CURLUPART_SCHEME, &scheme, 0))
		http = strcmp(scheme, "http") == 0 ||
		       strcmp(scheme, "https") == 0;
	lib->free(scheme);
	if (http && set_path(lib, url, file) == 0)
		return url;
	lib->url_cleanup(url);
	return NULL;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A proxy's loopback is another host. "" is no proxy, whatever environ says. */
static void set_proxy(const struct request *request, CURLU *url)
{
	char *host = NULL;

	if (!request->lib->url_get(url, CURLUPART_HOST, &host, 0) &&
	    is_loopback(host))
		request->lib->easy_setopt(request->curl, CURLOPT_PROXY, "");
	request->lib->free(host);
}

static CURLcode transfer(const struct request *request, CURLU *url,
			 struct text *text, char *error)
{
	const struct curl_lib *lib = request->lib;
	int64_t left = request->deadline_ms - now_ms();
	CURL *curl = request->curl;

	*error = '\0';
	if (left <= 0)
		return CURLE_OPERATION_TIMEDOUT;
	set_proxy(request, url);
	lib->easy_setopt(curl, CURLOPT_CURLU, url);
	lib->easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	lib->easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	lib->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	lib->easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left);
	lib->easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	lib->easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	lib->easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	lib->easy_setopt(curl, CURLOPT_WRITEDATA, text);
	return lib->easy_perform(curl);
}

static int report_failure(const struct request *request, CURLcode code,
			  const char *file, const char *error)
{
	if (code == CURLE_WRITE_ERROR)
		message("--pprof: %s is longer than %d MiB", file,
			TEXT_LIMIT / 1024 / 1024);
	else
		message("--pprof: %s: %s", file,
			*error ? error : request->lib->easy_strerror(code));
	return EXIT_FAILED;
}

static int fetch(const struct request *request, const char *where,
		 const char *file, struct text *text)
{
	const struct curl_lib *lib = request->lib;
	CURLU *url = understand(lib, where, file);
	char error[CURL_ERROR_SIZE];
	CURLcode code;

	if (!url) {
		message("--pprof '%s': an http or https URL is needed, as in "
			"http://localhost:6060",
			where);
		return EXIT_USAGE;
	}
	code = transfer(request, url, text, error);
	lib->url_cleanup(url);
	return code == CURLE_OK ? 0
				: report_failure(request, code, file, error);
}

static int fetch_both(const struct curl_lib *lib, const char *url,
		      struct text *heap, struct text *goroutine)
{
	struct request request = {
		.lib = lib,
		.deadline_ms = now_ms() + TIME_MS,
	};
	int code = EXIT_FAILED;

	if (!lib->global_init(CURL_GLOBAL_DEFAULT))
		request.curl = lib->easy_init();
	if (!request.curl)
		message("--pprof: libcurl cannot be used here");
	else
		code = fetch(&request, url, "heap", heap);
	if (code == 0)
		code = fetch(&request, url, "goroutine", goroutine);
	lib->easy_cleanup(request.curl);
	return code;
}

static bool is_own_netns(int fd)
{
	struct stat theirs, ours;

	return fstat(fd, &theirs) < 0 || stat("/proc/self/ns/net", &ours) < 0 ||
	       (theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev);
}

static bool leads_to_loopback(const struct curl_lib *lib, const char *text)
{
	CURLU *url = understand(lib, text, "heap");
	char *host = NULL;
	bool loopback = url && !lib->url_get(url, CURLUPART_HOST, &host, 0) &&
			is_loopback(host);

	lib->free(host);
	lib->url_cleanup(url);
	return loopback;
}

/* struct inside - a fetch inside of the namespace @fd */
struct inside {
	const struct curl_lib *lib;
	const char *url;
	struct text heap, goroutine;
	int fd;
	int code;
};

/* The thread ends there: nothing has to come back to the own namespace. */
static void *fetch_inside(void *arg)
{
	struct inside *inside = arg;

	if (inside->fd >= 0 && setns(inside->fd, CLONE_NEWNET) < 0)
		message("--pprof: the network namespace of the process cannot "
			"be entered: %s",
			strerror(errno));
	else
		inside->code = fetch_both(inside->lib, inside->url,
					  &inside->heap, &inside->goroutine);
	return NULL;
}

static int parse(const struct inside *inside, struct pprof **pprof)
{
	if (pprof_parse(inside->heap.data, inside->heap.len,
			inside->goroutine.data, inside->goroutine.len,
			pprof) == 0)
		return 0;
	message("--pprof: what %s serves is no profile of a Go program",
		inside->url);
	return EXIT_FAILED;
}

static void fetch_where_it_is(struct inside *inside, uint32_t pid)
{
	char path[64];
	pthread_t thread;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/ns/net", pid);
	inside->fd = leads_to_loopback(inside->lib, inside->url)
			     ? open(path, O_RDONLY | O_CLOEXEC)
			     : -1;
	if (inside->fd < 0 || is_own_netns(inside->fd)) {
		inside->code = fetch_both(inside->lib, inside->url,
					  &inside->heap, &inside->goroutine);
	} else if (pthread_create(&thread, NULL, fetch_inside, inside) == 0) {
		pthread_join(thread, NULL);
	} else {
		message("--pprof: no thread can be started");
	}
	if (inside->fd >= 0)
		close(inside->fd);
}

int pprof_fetch(const char *url, uint32_t pid, struct pprof **pprof)
{
	struct inside inside = {
		.lib = curl_lib_load(),
		.url = url,
		.code = EXIT_FAILED,
	};
	const char *why = inside.lib ? NULL : dlerror();
	int code;

	if (!inside.lib)
		message("--pprof needs libcurl: %s",
			why ? why : "it is too old");
	else
		fetch_where_it_is(&inside, pid);
	code = inside.code;
	if (code == 0)
		code = parse(&inside, pprof);
	free(inside.heap.data);
	free(inside.goroutine.data);
	return code;
}

#else

int pprof_fetch(const char *url, uint32_t pid, struct pprof **pprof)
{
	(void)url;
	(void)pid;
	(void)pprof;
	message("--pprof: tcpmem was built without libcurl");
	return EXIT_FAILED;
}

#endif
