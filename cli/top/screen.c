// SPDX-License-Identifier: LGPL-2.1-or-later
/* screen.c - the page on a terminal, and its keys */
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

/* The age of the data is on the screen: it is painted once a second. */
enum { TICK_MS = 1000 };

/* Characters of a text, apart from the codes that curses gives keys */
enum { TEXT = 0x1000000, KEY_CTRL_U = 21, KEY_ESC = 27 };

/* struct screen - @ended_by: a signal; 0: none */
struct screen {
	struct ui *ui;
	SCREEN *term;
	struct top_page page;
	int signals;
	sigset_t before;
	bool color;
	int ended_by;
	int64_t measured_ns;
	int64_t cpu_ns;
};

/* What a crash restores: nothing but this may be used then. */
static struct {
	struct termios termios;
	char leave[64];
	struct sigaction before[NSIG];
} rescue;

static void on_crash(int number)
{
	(void)!write(STDOUT_FILENO, rescue.leave, strlen(rescue.leave));
	tcsetattr(STDIN_FILENO, TCSANOW, &rescue.termios);
	sigaction(number, &rescue.before[number], NULL);
	raise(number);
}

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

static void catch_crashes(void)
{
	const struct sigaction action = { .sa_handler = on_crash };
	const char *leave = tigetstr("rmcup");
	const char *cursor = tigetstr("cnorm");

	snprintf(rescue.leave, sizeof(rescue.leave), "%s%s",
		 leave && leave != (char *)-1 ? leave : "",
		 cursor && cursor != (char *)-1 ? cursor : "");
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, &rescue.before[crashes[i]]);
}

static void release_crashes(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &rescue.before[crashes[i]], NULL);
}

/* What keys.c calls a key, as curses does */
static int key_code(const char *name, size_t len)
{
	static const struct {
		const char *name;
		int code;
	} names[] = {
		{ "Tab", '\t' },
		{ "S-Tab", KEY_BTAB },
		{ "Enter", '\r' },
		{ "Esc", KEY_ESC },
		{ "Backspace", KEY_BACKSPACE },
		{ "Up", KEY_UP },
		{ "Down", KEY_DOWN },
		{ "PgUp", KEY_PPAGE },
		{ "PgDn", KEY_NPAGE },
		{ "Home", KEY_HOME },
		{ "End", KEY_END },
		{ "Space", ' ' },
		{ "Ctrl-C", 3 },
	};

	if (len == 1)
		return (unsigned char)*name;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, name, len) == 0)
			return names[i].code;
	return *name == 'F' ? KEY_F(atoi(name + 1)) : 0;
}

/* Terminals and modes differ in what these keys send. */
static int canonical(int code)
{
	switch (code) {
	case '\n':
	case KEY_ENTER:
		return '\r';
	case 127:
	case '\b':
		return KEY_BACKSPACE;
	case KEY_FIND:
		return KEY_HOME;
	case KEY_SELECT:
		return KEY_END;
	default:
		return code;
	}
}

/* Those of a store come first, where there is one. Return: -1: nothing */
static int find_action(int code, bool replay)
{
	for (int n = 0; n < TOP_ACTIONS; n++) {
		int i = replay ? (n + TOP_REPLAY) % TOP_ACTIONS : n;
		const char *keys = top_keys[i].keys;

		while (*keys) {
			size_t len = strcspn(keys, " ");

			if (key_code(keys, len) == code)
				return i;
			keys += len + (keys[len] == ' ');
		}
	}
	return -1;
}

static void type(struct ui *ui, wchar_t c)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = { 0 };
	size_t len = wcrtomb(bytes, c, &state);

	if (len <= sizeof(bytes))
		ui_type(ui, bytes, len);
}

static void prompt_key(struct ui *ui, int code)
{
	switch (code) {
	case '\r':
		ui_accept(ui);
		break;
	case KEY_ESC:
		ui_cancel(ui);
		break;
	case KEY_BACKSPACE:
		ui_erase(ui);
		break;
	case KEY_CTRL_U:
		while (*ui->text)
			ui_erase(ui);
		break;
	default:
		if (code >= TEXT || (code >= ' ' && code < 127))
			type(ui, (wchar_t)(code >= TEXT ? code - TEXT : code));
		break;
	}
}

/* Return: false: there is no key */
static bool read_key(struct screen *screen)
{
	struct ui *ui = screen->ui;
	wint_t wide;
	int ret = get_wch(&wide);
	int code = (int)wide;
	int action;

	if (ret == ERR)
		return false;
	if (ret != KEY_CODE_YES && code >= 128)
		code += TEXT;
	code = canonical(code);
	if (ui->prompt != UI_NONE) {
		prompt_key(ui, code);
		return true;
	}
	action = find_action(code, ui->state.replay.count);
	if (action >= 0)
		ui_action(ui, (enum top_action)action);
	return true;
}

static attr_t attribute(const struct screen *screen, enum top_style style)
{
	bool color = screen->color;

	switch (style) {
	case TOP_BOLD:
		return A_BOLD;
	case TOP_HEADING:
		return A_REVERSE;
	case TOP_CURSOR:
		return color ? (attr_t)COLOR_PAIR(4) : A_REVERSE | A_BOLD;
	case TOP_GOOD:
		return color ? (attr_t)COLOR_PAIR(1) : A_NORMAL;
	case TOP_WARNING:
		return color ? (attr_t)COLOR_PAIR(2) : A_BOLD;
	case TOP_BAD:
		return color ? (attr_t)COLOR_PAIR(3) | A_BOLD : A_BOLD;
	case TOP_PLAIN:
		break;
	}
	return A_NORMAL;
}

static void paint(struct screen *screen)
{
	struct top_page *page = &screen->page;

	page_clear(page, COLS, LINES);
	ui_paint(screen->ui, page);
	erase();
	for (size_t i = 0; i < page->count && (int)i < LINES; i++) {
		const struct top_line *line = &page->line[i];
		int left = COLS - text_width(line->text);

		attrset((int)attribute(screen, line->style));
		mvaddstr((int)i, 0, line->text);
		if (line->style == TOP_HEADING || line->style == TOP_CURSOR)
			while (left-- > 0)
				addch(' ');
	}
	attrset(A_NORMAL);
	refresh();
}

static void resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row &&
	    size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
}

/* The shell has its terminal until SIGCONT. */
static void stop(void)
{
	endwin();
	kill(getpid(), SIGSTOP);
	reset_prog_mode();
	resize();
}

static void take_signal(struct screen *screen, int signal)
{
	switch (signal) {
	case SIGWINCH:
		resize();
		break;
	case SIGTSTP:
		stop();
		break;
	case SIGCONT:
		reset_prog_mode();
		resize();
		break;
	case SIGINT:
		screen->ui->quit = true;
		break;
	default:
		screen->ended_by = signal;
		break;
	}
}

static void take_signals(struct screen *screen)
{
	struct signalfd_siginfo info;

	while (read(screen->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info))
		take_signal(screen, (int)info.ssi_signo);
}

static int open_signals(struct screen *screen)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &screen->before);
	screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return screen->signals < 0 ? -errno : 0;
}

/* Some terminals send these whatever mode they were told. */
static void define_cursor_keys(void)
{
	static const struct {
		const char *text;
		int code;
	} keys[] = {
		{ "\033[A", KEY_UP },	 { "\033OA", KEY_UP },
		{ "\033[B", KEY_DOWN },	 { "\033OB", KEY_DOWN },
		{ "\033[H", KEY_HOME },	 { "\033OH", KEY_HOME },
		{ "\033[1~", KEY_HOME }, { "\033[F", KEY_END },
		{ "\033OF", KEY_END },	 { "\033[4~", KEY_END },
		{ "\033[Z", KEY_BTAB },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		define_key(keys[i].text, keys[i].code);
}

/* Whether the terminal is known, and can move its cursor */
static bool can_show(void)
{
	const char *move;
	int error;
	bool can;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return false;
	move = tigetstr("cup");
	can = move && move != (char *)-1;
	del_curterm(cur_term);
	return can;
}

static void init_colors(void)
{
	start_color();
	use_default_colors();
	init_pair(1, COLOR_GREEN, -1);
	init_pair(2, COLOR_YELLOW, -1);
	init_pair(3, COLOR_RED, -1);
	init_pair(4, COLOR_BLACK, COLOR_CYAN);
}

static int open_terminal(struct screen *screen)
{
	tcgetattr(STDIN_FILENO, &rescue.termios);
	screen->term = can_show() ? newterm(NULL, stdout, stdin) : NULL;
	if (!screen->term)
		return -ENOTTY;
	catch_crashes();
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	define_cursor_keys();
	curs_set(0);
	screen->color = term_has_color(screen->ui->state.options->color) &&
			has_colors();
	if (screen->color)
		init_colors();
	return 0;
}

static void close_terminal(struct screen *screen)
{
	if (!screen->term)
		return;
	endwin();
	release_crashes();
	delscreen(screen->term);
	page_free(&screen->page);
}

/* CPU of this process since the last time, once in two seconds */
static void measure(struct screen *screen)
{
	int64_t now = top_clock_ns(), cpu;
	struct timespec used;

	if (now - screen->measured_ns < INT64_C(2000000000))
		return;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	cpu = used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
	if (screen->measured_ns)
		screen->ui->state.status.own =
			100.0 * (double)(cpu - screen->cpu_ns) /
			(double)(now - screen->measured_ns);
	screen->cpu_ns = cpu;
	screen->measured_ns = now;
}

static bool is_done(const struct screen *screen)
{
	const struct top_state *state = &screen->ui->state;
	uint64_t looks = (uint64_t)state->options->count;

	return screen->ui->quit || screen->ended_by ||
	       (looks && state->look_number >= looks);
}

static void show(struct screen *screen)
{
	struct ui *ui = screen->ui;

	while (!is_done(screen)) {
		struct pollfd ready[] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = screen->signals, .events = POLLIN },
			{ .fd = ui->thread->wake, .events = POLLIN },
			{ .fd = ui->child.pid ? ui->child.fd : -1,
			  .events = POLLIN },
		};

		measure(screen);
		ui_tick(ui);
		paint(screen);
		ready[3].fd = ui->child.pid ? ui->child.fd : -1;
		if (poll(ready, ARRAY_SIZE(ready), TICK_MS) < 0 &&
		    errno != EINTR)
			return;
		if (ready[0].revents & (POLLHUP | POLLERR))
			screen->ended_by = SIGHUP;
		take_signals(screen);
		while (!screen->ended_by && read_key(screen))
			continue;
	}
}

/* As if the signal had not been caught */
static void end_by(const struct screen *screen)
{
	signal(screen->ended_by, SIG_DFL);
	sigprocmask(SIG_SETMASK, &screen->before, NULL);
	raise(screen->ended_by);
}

int screen_run(struct ui *ui, struct top_source *source,
	       struct tcpmem_filter *filter)
{
	struct screen screen = { .ui = ui };
	struct top_request request = state_request(&ui->state);
	struct top_thread thread;
	int ret = open_signals(&screen);

	request.filter = filter;
	if (ret == 0)
		ret = open_terminal(&screen);
	if (ret == 0)
		ret = top_thread_start(&thread, source,
				       ui->state.status.every_ns, &request);
	if (ret == 0) {
		ui->thread = &thread;
		screen.page.utf8 = term_has_utf8() &&
				   !ui->state.options->no_unicode &&
				   strcmp(termname(), "linux") != 0;
		show(&screen);
	}
	close_terminal(&screen);
	close(screen.signals);
	if (ret == 0 && !top_thread_stop(&thread)) {
		if (screen.ended_by)
			end_by(&screen);
		_exit(state_exit_code(&ui->state));
	}
	ui->thread = NULL;
	if (screen.ended_by)
		end_by(&screen);
	sigprocmask(SIG_SETMASK, &screen.before, NULL);
	return ret;
}
