/* SPDX-License-Identifier: ISC */
/*
 * conf_parse: text to tree.  One pass checks that the text is text (UTF-8,
 * no control characters), a second one builds the tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/conf_node.h"

enum { TAB_STOP = 8 };

/* The reading position.  Errors are reported once, at the first. */
struct reader {
	const char *rd_file;
	const char *rd_p;
	const char *rd_end;
	int rd_line;
	int rd_column;
	int rd_nodes;
	struct conf_error *rd_error;
};

static int __attribute__((format(printf, 4, 6), format(printf, 5, 6)))
fail(struct reader *rd, int line, int column, const char *en, const char *ja,
    ...)
{
	struct conf_error *ce = rd->rd_error;
	va_list ap;

	strlcpy(ce->ce_file, rd->rd_file, sizeof(ce->ce_file));
	ce->ce_line = line;
	ce->ce_column = column;
	va_start(ap, ja);
	message_vprint(ce->ce_text, sizeof(ce->ce_text), en, ap);
	va_end(ap);
	va_start(ap, ja);
	message_vprint(ce->ce_ja, sizeof(ce->ce_ja), ja, ap);
	va_end(ap);
	return (-1);
}

#define fail_here(rd, ...) fail(rd, (rd)->rd_line, (rd)->rd_column, __VA_ARGS__)

static int
fail_memory(struct reader *rd)
{
	return (fail_here(rd, "out of memory", "メモリーが足りません。"));
}

/* Step over one byte and keep count of lines and columns. */
static void
step(struct reader *rd)
{
	unsigned char c = (unsigned char)*rd->rd_p++;

	if (c == '\n') {
		rd->rd_line++;
		rd->rd_column = 1;
	} else if (c == '\t')
		rd->rd_column += TAB_STOP - (rd->rd_column - 1) % TAB_STOP;
	else if ((c & 0xc0) != 0x80)
		rd->rd_column++;
}

/* The next byte, '\n' for a line's end in either form, -1 at the end. */
static int
peek(const struct reader *rd)
{
	if (rd->rd_p == rd->rd_end)
		return (-1);
	if (*rd->rd_p == '\r')
		return ('\n');
	return ((unsigned char)*rd->rd_p);
}

static void
skip_blanks(struct reader *rd)
{
	while (peek(rd) == ' ' || peek(rd) == '\t')
		step(rd);
}

static void
skip_newline(struct reader *rd)
{
	if (*rd->rd_p == '\r')
		rd->rd_p++;
	step(rd);
}

static void
skip_comment(struct reader *rd)
{
	while (peek(rd) != '\n' && peek(rd) != -1)
		step(rd);
}

/* Length of the UTF-8 sequence at p, 0 if it is none (or a C1 control). */
static size_t
utf8_length(const unsigned char *p, const unsigned char *end)
{
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	uint32_t c;
	size_t i, n;

	if (*p < 0x80)
		return (1);
	n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if (*p < 0xc0 || *p >= 0xf8 || (size_t)(end - p) < n)
		return (0);
	c = *p & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return (0);
	return (n);
}

/* Whether everything is UTF-8 text; leaves the reader at its start. */
static int
check_text(struct reader *rd)
{
	const unsigned char *end = (const unsigned char *)rd->rd_end, *p;
	struct reader rd1 = *rd;
	size_t n;

	while (rd1.rd_p < rd1.rd_end) {
		p = (const unsigned char *)rd1.rd_p;
		if ((n = utf8_length(p, end)) == 0)
			return (fail_here(&rd1, "this is not UTF-8 text",
			    "文字コードが UTF-8 ではありません。"));
		if ((*p < ' ' && *p != '\t' && *p != '\n' &&
			!(*p == '\r' && p + 1 < end && p[1] == '\n')) ||
		    *p == 0x7f)
			return (fail(rd, rd1.rd_line, rd1.rd_column,
			    "control character 0x%02x",
			    "制御文字 0x%02x があります。", *p));
		while (n-- > 0)
			step(&rd1);
	}
	return (0);
}

/* A copy of the lines from start to the reader, without indentation. */
static char *
copy_lines(const struct reader *rd, const char *start)
{
	const char *p = start;
	char *copy, *q;
	bool indent = true;

	if ((q = copy = malloc((size_t)(rd->rd_p - start) + 2)) == NULL)
		return (NULL);
	for (; p < rd->rd_p; p++) {
		if (*p == '\r' || (indent && (*p == ' ' || *p == '\t')))
			continue;
		indent = *p == '\n';
		*q++ = *p;
	}
	/* The last comment of a file may lack its newline. */
	if (q > copy && q[-1] != '\n')
		*q++ = '\n';
	*q = '\0';
	return (copy);
}

/*
 * Skip empty lines and comment lines; *out gets them, or NULL.  The reader
 * ends at the first character of something else.
 */
static int
read_comments(struct reader *rd, char **out)
{
	const char *start = rd->rd_p;
	bool any = false;

	*out = NULL;
	for (;;) {
		skip_blanks(rd);
		if (peek(rd) == '#') {
			skip_comment(rd);
			any = true;
		}
		if (peek(rd) != '\n')
			break;
		skip_newline(rd);
		any = true;
	}
	if (!any)
		return (0);
	if ((*out = copy_lines(rd, start)) == NULL)
		return (fail_memory(rd));
	return (0);
}

/* A comment on the rest of the line, with the blanks before it, or NULL. */
static int
read_after(struct reader *rd, char **out)
{
	const char *start = rd->rd_p;

	*out = NULL;
	skip_blanks(rd);
	if (peek(rd) != '#')
		return (0);
	skip_comment(rd);
	*out = strndup(start, (size_t)(rd->rd_p - start));
	if (*out == NULL)
		return (fail_memory(rd));
	return (0);
}

static bool
ends_word(int c)
{
	return (c == -1 || c == ' ' || c == '\t' || c == '\n');
}

static char *
read_word(struct reader *rd)
{
	const char *start = rd->rd_p;
	char *word;
	int c;

	for (; !ends_word(c = peek(rd)); step(rd)) {
		if (strchr("#{}\"", c) == NULL)
			continue;
		fail(rd, rd->rd_line, rd->rd_column,
		    "put double quotes around a value that contains %c",
		    "%c を含む値は \" で囲んでください。", c);
		return (NULL);
	}
	word = strndup(start, (size_t)(rd->rd_p - start));
	if (word == NULL)
		fail_memory(rd);
	return (word);
}

static char *
read_quoted(struct reader *rd)
{
	int line = rd->rd_line, column = rd->rd_column, c;
	const char *p;
	char *word, *q;

	step(rd);
	for (p = rd->rd_p; p < rd->rd_end && *p != '"' && *p != '\n'; p++)
		if (*p == '\\' && p + 1 < rd->rd_end && p[1] != '\n')
			p++;
	if ((q = word = malloc((size_t)(p - rd->rd_p) + 1)) == NULL) {
		fail_memory(rd);
		return (NULL);
	}
	while ((c = peek(rd)) != '"') {
		if (c == -1 || c == '\n') {
			fail(rd, line, column,
			    "this string is not closed "
			    "by \" on the same line",
			    "文字列が同じ行の中で \" で閉じられていません。");
			goto fail;
		}
		if (c == '\t') {
			fail_here(rd, "a tab may not stand in a string",
			    "文字列の中にタブは使えません。");
			goto fail;
		}
		if (c == '\\') {
			step(rd);
			c = peek(rd);
			if (c == -1 || c == '\n')
				continue;
			if (c != '"' && c != '\\') {
				fail_here(rd,
				    "in a string write \\\\ for a "
				    "backslash and \\\" for a quote",
				    "文字列の中では、\\ は \\\\、\" は \\\" と書いてください。");
				goto fail;
			}
		}
		*q++ = (char)c;
		step(rd);
	}
	*q = '\0';
	step(rd);
	c = peek(rd);
	if (!ends_word(c) && c != '{' && c != '}' && c != '#') {
		fail_here(rd, "a blank is missing behind the string",
		    "文字列の後ろには空白が必要です。");
		goto fail;
	}
	return (word);
fail:
	free(word);
	return (NULL);
}

/* The key of a new entry; keys are lower-case words. */
static struct conf *
read_key(struct reader *rd, struct conf *parent)
{
	const char *start = rd->rd_p;
	struct conf *cf;
	int line = rd->rd_line, column = rd->rd_column, c;

	while ((c = peek(rd)) == '-' || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9'))
		step(rd);
	if (rd->rd_p == start || (!ends_word(c) && c != '{' && c != '}')) {
		fail(rd, line, column,
		    "a key must stand here, a word of "
		    "a-z, 0-9 and -",
		    "ここにはキー（a-z、0-9、- からなる語）が必要です。");
		return (NULL);
	}
	if (++rd->rd_nodes > CONF_NODES) {
		fail(rd, line, column, "more than %d entries",
		    "項目が %d 個を超えています。", CONF_NODES);
		return (NULL);
	}
	cf = conf_node_new(parent, start, (size_t)(rd->rd_p - start));
	if (cf == NULL) {
		fail_memory(rd);
		return (NULL);
	}
	cf->cf_line = line;
	cf->cf_column = column;
	return (cf);
}

static int
read_values(struct reader *rd, struct conf *cf)
{
	bool quoted;
	char *word;
	int c;

	for (;;) {
		/* Blanks before a comment belong to the comment. */
		const struct reader here = *rd;

		skip_blanks(rd);
		c = peek(rd);
		if (c == '#')
			*rd = here;
		if (c == -1 || c == '\n' || c == '#' || c == '{' || c == '}')
			return (0);
		if (cf->cf_nvalues == CONF_VALUES)
			return (fail(rd, rd->rd_line, rd->rd_column,
			    "more than %d values", "値が %d 個を超えています。",
			    CONF_VALUES));
		quoted = c == '"';
		word = quoted ? read_quoted(rd) : read_word(rd);
		if (word == NULL)
			return (-1);
		if (conf_node_value(cf, word, quoted) == -1)
			return (fail_memory(rd));
	}
}

static int read_entries(struct reader *rd, struct conf *parent, int depth);

/* From "{" to behind "}". */
static int
read_block(struct reader *rd, struct conf *cf, int depth)
{
	if (depth == CONF_DEPTH)
		return (fail(rd, rd->rd_line, rd->rd_column,
		    "more than %d blocks inside each other",
		    "ブロックの入れ子が %d 段を超えています。", CONF_DEPTH));
	if (cf->cf_nvalues > 1)
		return (fail(rd, cf->cf_line, cf->cf_column,
		    "%s: a block has at most one name",
		    "%s：ブロックに付けられる名前は 1 つだけです。",
		    cf->cf_key));
	cf->cf_block = true;
	step(rd);
	if (read_after(rd, &cf->cf_after) == -1)
		return (-1);
	if (peek(rd) == '\n')
		skip_newline(rd);
	if (read_entries(rd, cf, depth + 1) == -1)
		return (-1);
	step(rd);
	return (read_after(rd, &cf->cf_end));
}

/* One entry up to the end of its last line. */
static int
read_entry(struct reader *rd, struct conf *parent, char *before, int depth)
{
	struct conf *cf;
	int c;

	if ((cf = read_key(rd, parent)) == NULL) {
		free(before);
		return (-1);
	}
	cf->cf_before = before;
	if (read_values(rd, cf) == -1)
		return (-1);
	if (peek(rd) == '{') {
		if (read_block(rd, cf, depth) == -1)
			return (-1);
	} else if (read_after(rd, &cf->cf_after) == -1)
		return (-1);
	skip_blanks(rd);
	c = peek(rd);
	if (c == '\n')
		skip_newline(rd);
	else if (c != -1 && c != '}')
		return (fail_here(rd, "a new line must begin here",
		    "ここで改行してください。"));
	return (0);
}

/* Entries up to the "}" of their block, or the end of the file. */
static int
read_entries(struct reader *rd, struct conf *parent, int depth)
{
	char *before;
	int c;

	for (;;) {
		if (read_comments(rd, &before) == -1)
			return (-1);
		c = peek(rd);
		if (c == -1 || c == '}')
			break;
		if (read_entry(rd, parent, before, depth) == -1)
			return (-1);
	}
	parent->cf_tail = before;
	if (c == -1 && depth > 0)
		return (fail(rd, parent->cf_line, parent->cf_column,
		    "%s: this block is not closed by }",
		    "%s：ブロックが } で閉じられていません。", parent->cf_key));
	if (c == '}' && depth == 0)
		return (fail_here(rd, "this } closes no block",
		    "この } に対応するブロックがありません。"));
	return (0);
}

struct conf *
conf_parse(const char *file, const char *text, size_t len,
    struct conf_error *ce)
{
	struct reader rd = { .rd_file = file,
		.rd_p = text,
		.rd_end = text + len,
		.rd_line = 1,
		.rd_column = 1,
		.rd_error = ce };
	struct conf *root;

	if (len > CONF_SIZE) {
		fail(&rd, 0, 0, "larger than %d bytes",
		    "大きさが %d バイトを超えています。", CONF_SIZE);
		return (NULL);
	}
	if (len >= 2 &&
	    (memcmp(text, "\xff\xfe", 2) == 0 ||
		memcmp(text, "\xfe\xff", 2) == 0)) {
		fail(&rd, 0, 0, "this is UTF-16; save it as UTF-8",
		    "文字コードが UTF-16 です。UTF-8 で保存してください。");
		return (NULL);
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		rd.rd_p += 3;
	if (check_text(&rd) == -1)
		return (NULL);
	if ((root = conf_node_new(NULL, "", 0)) == NULL) {
		fail(&rd, 0, 0, "out of memory", "メモリーが足りません。");
		return (NULL);
	}
	root->cf_block = true;
	if (read_entries(&rd, root, 0) == -1) {
		conf_free(root);
		return (NULL);
	}
	return (root);
}

/* The whole regular file at fd, at most CONF_SIZE + 1 bytes. */
static char *
read_all(int fd, size_t *len)
{
	char *text;
	ssize_t n;

	*len = 0;
	if ((text = malloc(CONF_SIZE + 1)) == NULL)
		return (NULL);
	while (*len <= CONF_SIZE) {
		n = read(fd, text + *len, CONF_SIZE + 1 - *len);
		if (n == 0)
			break;
		if (n == -1) {
			if (errno == EINTR)
				continue;
			free(text);
			return (NULL);
		}
		*len += (size_t)n;
	}
	return (text);
}

struct conf *
conf_load(const char *path, struct conf_error *ce)
{
	struct conf *cf = NULL;
	struct stat st;
	char *text = NULL;
	size_t len;
	int fd;

	/* O_NONBLOCK: a FIFO must not hold us */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1)
		conf_error_set(ce, path, NULL, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		conf_error_say(ce, path, NULL, "not a regular file",
		    "通常のファイルではありません。");
	else if ((text = read_all(fd, &len)) == NULL)
		conf_error_set(ce, path, NULL, "%s", strerror(errno));
	else
		cf = conf_parse(path, text, len, ce);
	if (text != NULL) {
		explicit_bzero(text, len);
		free(text);
	}
	if (fd != -1)
		close(fd);
	return (cf);
}
