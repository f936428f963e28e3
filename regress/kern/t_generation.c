/* SPDX-License-Identifier: ISC */
/*
 * Generations: what they hold, and that a writer which ends at any system
 * call, a full disk or a failed check leave whole settings behind.
 */
#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/schema.h"

enum { CALLS = 4096 };

static char err[256];

/* Settings of a box whose hubs have this name. */
static struct conf *
box(const char *hub)
{
	struct conf_error ce;
	struct conf *cf;
	char text[512];

	snprintf(text, sizeof(text),
	    "# box\nhubd {\n\tlisten *:443\n"
	    "\t# the hub\n\thub %s {\n\t}\n}\n",
	    hub);
	ATF_REQUIRE((cf = conf_parse("f", text, strlen(text), &ce)) != NULL);
	ATF_REQUIRE_EQ_MSG(conf_check(cf, schema_box, "f", &ce), 0, "%s",
	    ce.ce_text);
	return (cf);
}

static struct generation_note noted;	/* of write_box() */

static int
write_box(const char *hub, const char *imported, generation_check check)
{
	struct conf *cf = box(hub);
	int n = generation_write("cfg", cf, imported, &noted, check, err,
	    sizeof(err));

	conf_free(cf);
	return (n);
}

/* Whether generation n is whole; the name of its hub in `hub`. */
static void
must_be_whole(int n, char *hub, size_t size)
{
	struct conf_error ce;
	struct conf *cf, *hubd;
	const struct conf *inner;
	char path[64];

	cf = generation_load("cfg", n, err, sizeof(err));
	ATF_REQUIRE_MSG(cf != NULL, "generation %d: %s", n, err);
	inner = conf_find(conf_find(cf, "hubd"), "hub");
	strlcpy(hub, conf_name(inner), size);
	conf_free(cf);
	snprintf(path, sizeof(path), "cfg/gen/%d/hubd.conf", n);
	ATF_REQUIRE((hubd = conf_load(path, &ce)) != NULL);
	ATF_REQUIRE_EQ(conf_check(hubd, schema_hubd, path, &ce), 0);
	ATF_REQUIRE(conf_block(hubd, "hub", hub) != NULL);
	conf_free(hubd);
}

/* Nothing lies in gen but `count` generations and the link. */
static void
must_be_tidy(int count)
{
	struct dirent *de;
	DIR *d;
	int n = 0;

	ATF_REQUIRE((d = opendir("cfg/gen")) != NULL);
	while ((de = readdir(d)) != NULL) {
		ATF_CHECK_MSG(strchr(de->d_name, '.') == NULL ||
			de->d_name[0] == '.',
		    "left over: %s", de->d_name);
		n += de->d_name[0] >= '0' && de->d_name[0] <= '9';
	}
	closedir(d);
	ATF_CHECK_EQ(n, count);
}

static void
must_hold(const char *path, const char *want)
{
	struct stat sb;
	char have[512];
	FILE *f;
	size_t n;

	ATF_REQUIRE_MSG((f = fopen(path, "r")) != NULL, "%s", path);
	n = fread(have, 1, sizeof(have) - 1, f);
	have[n] = '\0';
	fclose(f);
	ATF_CHECK_STREQ(have, want);
	ATF_REQUIRE_EQ(stat(path, &sb), 0);
	ATF_CHECK_EQ(sb.st_mode & 07777, 0600);
}

static int
write_noted(const char *hub, const char *author, bool trial)
{
	int n;

	noted =
	    (struct generation_note){ .gt_author = author, .gt_trial = trial };
	n = write_box(hub, NULL, NULL);
	noted = (struct generation_note){ .gt_trial = false };
	return (n);
}

static void
must_be_hub(int n, const char *want)
{
	char hub[64];

	must_be_whole(n, hub, sizeof(hub));
	ATF_CHECK_STREQ(hub, want);
}

ATF_TC_WITHOUT_HEAD(trial);
ATF_TC_BODY(trial, tc)
{
	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_CHECK_EQ(generation_undo("cfg", NULL, err, sizeof(err)), 0);
	/* nothing to go back to */
	ATF_CHECK_EQ(write_noted("a", NULL, true), 1);
	ATF_CHECK_EQ(generation_trial("cfg"), 0);
	/* another one on top: the last that was confirmed counts */
	ATF_CHECK_EQ(write_noted("b", NULL, true), 2);
	ATF_CHECK_EQ(write_noted("c", NULL, true), 3);
	ATF_CHECK_EQ(generation_trial("cfg"), 1);
	ATF_CHECK_EQ(generation_undo("cfg", NULL, err, sizeof(err)), 4);
	must_be_hub(4, "a");
	ATF_CHECK_EQ(generation_trial("cfg"), 0);
	ATF_CHECK_EQ(generation_undo("cfg", NULL, err, sizeof(err)), 0);
	/* confirmed */
	ATF_CHECK_EQ(write_noted("d", NULL, true), 5);
	ATF_CHECK_EQ(generation_confirm("cfg"), 0);
	ATF_CHECK_EQ(generation_confirm("cfg"), 0);
	ATF_CHECK_EQ(generation_undo("cfg", NULL, err, sizeof(err)), 0);
	/* one without trial confirms it */
	ATF_CHECK_EQ(write_noted("e", NULL, true), 6);
	ATF_CHECK_EQ(write_noted("f", NULL, false), 7);
	ATF_CHECK_EQ(generation_undo("cfg", NULL, err, sizeof(err)), 0);
	ATF_CHECK_EQ(generation_current("cfg"), 7);
}

/* Whatever stands in gen/trial, only a right line counts. */
ATF_TC_WITHOUT_HEAD(trial_garbled);
ATF_TC_BODY(trial_garbled, tc)
{
	static const char *const texts[] = { "", "x", "1", "2 2", "2 1", "1 9",
		"-1 2", "0 2", "1 2x9", "99999999999 2", "1\n2" };
	size_t i;
	FILE *fp;

	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_CHECK_EQ(write_noted("a", NULL, false), 1);
	ATF_CHECK_EQ(write_noted("b", NULL, false), 2);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ATF_REQUIRE((fp = fopen("cfg/gen/trial", "w")) != NULL);
		fputs(texts[i], fp);
		fclose(fp);
		ATF_CHECK_EQ_MSG(generation_trial("cfg"), 0, "%s", texts[i]);
	}
	ATF_REQUIRE((fp = fopen("cfg/gen/trial", "w")) != NULL);
	fputs("1 2\n", fp);
	fclose(fp);
	ATF_CHECK_EQ(generation_trial("cfg"), 1);
}

ATF_TC_WITHOUT_HEAD(author);
ATF_TC_BODY(author, tc)
{
	struct generation *list;
	char longer[200];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_CHECK_EQ(write_noted("a", NULL, false), 1);
	ATF_CHECK_EQ(write_noted("b", "console", false), 2);
	ATF_CHECK_EQ(write_noted("c", longer, false), 3);
	ATF_CHECK_EQ(generation_list("cfg", &list), 3);
	ATF_CHECK_STREQ(list[0].gn_author, "");
	ATF_CHECK_STREQ(list[1].gn_author, "console");
	ATF_CHECK_EQ(strlen(list[2].gn_author), GENERATION_AUTHOR - 1);
	free(list);
}

ATF_TC_WITHOUT_HEAD(contents);
ATF_TC_BODY(contents, tc)
{
	struct generation *list;
	struct stat sb;
	char *text;

	umask(0);
	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_CHECK_EQ(generation_current("cfg"), 0);
	ATF_CHECK_EQ(generation_list("cfg", &list), 0);
	ATF_CHECK_EQ(write_box("a", "hub a\n", NULL), 1);
	ATF_CHECK_EQ(generation_current("cfg"), 1);
	must_hold("cfg/gen/1/longwire.txt",
	    "# box\nhubd {\n\tlisten *:443\n"
	    "\t# the hub\n\thub a {\n\t}\n}\n");
	must_hold("cfg/gen/current/hubd.conf",
	    "listen *:443\n# the hub\n"
	    "hub a {\n}\n");
	ATF_CHECK_EQ(access("cfg/gen/1/vnicd.conf", F_OK), -1);
	ATF_REQUIRE_EQ(stat("cfg/gen", &sb), 0);
	ATF_CHECK_EQ(sb.st_mode & 07777, 0700);
	ATF_REQUIRE_EQ(stat("cfg/gen/1", &sb), 0);
	ATF_CHECK_EQ(sb.st_mode & 07777, 0700);
	/* what was imported stays known when something else changes */
	ATF_CHECK_EQ(write_box("b", NULL, NULL), 2);
	text = generation_imported("cfg", 2);
	ATF_REQUIRE(text != NULL);
	ATF_CHECK_STREQ(text, "hub a\n");
	free(text);
	ATF_CHECK_EQ(generation_restore("cfg", 1, NULL, NULL, err, sizeof(err)),
	    3);
	must_hold("cfg/gen/current/hubd.conf",
	    "listen *:443\n# the hub\n"
	    "hub a {\n}\n");
	ATF_CHECK_EQ(generation_restore("cfg", 7, NULL, NULL, err, sizeof(err)),
	    -1);
	ATF_CHECK_STREQ(err,
	    "cfg/gen/7/longwire.txt: No such file or "
	    "directory");
	ATF_CHECK_EQ(generation_list("cfg", &list), 3);
	ATF_CHECK_EQ(list[0].gn_number, 1);
	ATF_CHECK_EQ(list[2].gn_number, 3);
	free(list);
	must_be_tidy(3);
}

static int
refuse(const char *path, char *text, size_t size)
{
	char hub[64];

	ATF_CHECK_STREQ(path, "cfg/gen/2.tmp");
	ATF_CHECK_EQ(access("cfg/gen/2.tmp/hubd.conf", R_OK), 0);
	must_be_whole(generation_current("cfg"), hub, sizeof(hub));
	ATF_CHECK_STREQ(hub, "a");
	strlcpy(text, "hubd does not like it", size);
	return (-1);
}

ATF_TC_WITHOUT_HEAD(failed_check);
ATF_TC_BODY(failed_check, tc)
{
	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_CHECK_EQ(write_box("a", NULL, NULL), 1);
	ATF_CHECK_EQ(write_box("b", NULL, refuse), -1);
	ATF_CHECK_STREQ(err, "hubd does not like it");
	ATF_CHECK_EQ(generation_current("cfg"), 1);
	must_be_tidy(1);
}

ATF_TC_WITHOUT_HEAD(old_ones_go);
ATF_TC_BODY(old_ones_go, tc)
{
	struct generation *list;
	char hub[64];
	int i;

	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	for (i = 1; i <= GENERATION_KEEP + 3; i++) {
		snprintf(hub, sizeof(hub), "h%d", i);
		ATF_REQUIRE_EQ_MSG(write_box(hub, NULL, NULL), i, "%s", err);
	}
	must_be_tidy(GENERATION_KEEP);
	ATF_CHECK_EQ(generation_list("cfg", &list), GENERATION_KEEP);
	ATF_CHECK_EQ(list[0].gn_number, 4);
	free(list);
}

ATF_TC_WITHOUT_HEAD(broken_link);
ATF_TC_BODY(broken_link, tc)
{
	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_CHECK_EQ(write_box("a", NULL, NULL), 1);
	ATF_CHECK_EQ(write_box("b", NULL, NULL), 2);
	ATF_REQUIRE_EQ(unlink("cfg/gen/current"), 0);
	ATF_REQUIRE_EQ(symlink("9", "cfg/gen/current"), 0);
	ATF_CHECK_EQ(generation_current("cfg"), -1);
	ATF_CHECK_EQ(write_box("c", NULL, NULL), 3);
	must_be_tidy(3);
	ATF_REQUIRE_EQ(unlink("cfg/gen/current"), 0);
	ATF_REQUIRE_EQ(symlink("../1", "cfg/gen/current"), 0);
	ATF_CHECK_EQ(generation_current("cfg"), -1);
	ATF_CHECK_EQ(generation_current("absent"), 0);
	ATF_CHECK_EQ(generation_write("absent", NULL, NULL, NULL, NULL, err,
			 sizeof(err)),
	    -1);
	ATF_CHECK_STREQ(err, "absent: No such file or directory");
}

/* Two writers at once: both get their turn. */
ATF_TC_WITHOUT_HEAD(writers);
ATF_TC_BODY(writers, tc)
{
	char hub[64];
	int i, j, status;

	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	for (i = 0; i < 3; i++) {
		if (fork() != 0)
			continue;
		for (j = 0; j < 5; j++)
			if (write_box("w", NULL, NULL) == -1)
				_exit(1);
		_exit(0);
	}
	while (wait(&status) != -1)
		ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ATF_CHECK_EQ(generation_current("cfg"), 15);
	for (i = 1; i <= 15; i++)
		must_be_whole(i, hub, sizeof(hub));
	must_be_tidy(15);
}

/* A letter for each system call that changes the disk, 0 for the others. */
static char
letter_of(const struct __ptrace_syscall_info *info)
{
	switch (info->entry.nr) {
	case SYS_openat:
		return (info->entry.args[2] & O_CREAT ? 'c' : 0);
	case SYS_write:
		return ('w');
	case SYS_fsync:
		return ('f');
	case SYS_mkdirat:
		return ('m');
	case SYS_unlinkat:
		return ('u');
	case SYS_symlinkat:
		return ('s');
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		return ('r');
	default:
		return (0);
	}
}

/*
 * Start a writer under ptrace and kill it before its call number `calls` that
 * changes the disk.  *order gets the letters of those before it.  Whether the
 * writer came to its end.
 */
static bool
run_writer(const char *hub, int calls, char *order)
{
	struct __ptrace_syscall_info info;
	int n = 0, status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(77);
		raise(SIGSTOP);
		_exit(write_box(hub, "x\n", NULL) == -1);
	}
	ATF_REQUIRE(pid != -1);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		atf_tc_skip("ptrace is not allowed here");
	ATF_REQUIRE(WIFSTOPPED(status));
	ATF_REQUIRE_EQ(ptrace(PTRACE_SETOPTIONS, pid, NULL,
			   PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD),
	    0);
	for (;;) {
		ATF_REQUIRE_EQ(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			ATF_REQUIRE_EQ(WEXITSTATUS(status), 0);
			return (true);
		}
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info),
				&info) > 0);
		if (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
		    letter_of(&info) == 0)
			continue;
		if (n == calls)
			break;
		order[n++] = letter_of(&info);
		order[n] = '\0';
	}
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	return (false);
}

/* Kill writers at each of their steps; how many steps there are. */
static int
kill_everywhere(void)
{
	char hub[64], found[64], last[64], order[CALLS + 1];
	int before, calls, now;
	bool end = false;

	must_be_whole(generation_current("cfg"), last, sizeof(last));
	for (calls = 0; !end; calls++) {
		ATF_REQUIRE(calls < CALLS);
		snprintf(hub, sizeof(hub), "h%d", calls);
		before = generation_current("cfg");
		end = run_writer(hub, calls, order);
		now = generation_current("cfg");
		/* the old one or the new one, and that whole */
		ATF_REQUIRE_MSG(now == before || now == before + 1,
		    "%d became %d", before, now);
		must_be_whole(now, found, sizeof(found));
		ATF_CHECK_STREQ(found, now == before ? last : hub);
		ATF_CHECK_EQ(generation_trial("cfg"),
		    noted.gt_trial && now > before ? before : 0);
		ATF_REQUIRE_EQ(generation_confirm("cfg"), 0);
		strlcpy(last, found, sizeof(last));
	}
	return (calls);
}

ATF_TC_WITHOUT_HEAD(killed_anywhere);
ATF_TC_BODY(killed_anywhere, tc)
{
	int n;

	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_REQUIRE_EQ(write_box("first", NULL, NULL), 1);
	ATF_CHECK(kill_everywhere() > 16);
	n = generation_current("cfg");
	ATF_CHECK_EQ(write_box("after", NULL, NULL), n + 1);
	must_be_tidy(n + 1);
	/* again, with old ones to remove */
	while (n++ < GENERATION_KEEP)
		ATF_REQUIRE(write_box("more", NULL, NULL) != -1);
	ATF_CHECK(kill_everywhere() > 20);
	ATF_CHECK(write_box("after", NULL, NULL) != -1);
	must_be_tidy(GENERATION_KEEP);
	/* what is to be confirmed is never taken for confirmed */
	noted.gt_trial = true;
	ATF_CHECK(kill_everywhere() > 24);
}

/*
 * What a loss of power could reorder must be on the disk first: each file
 * (longwire.txt, hubd.conf, imported.txt) and its directory before the
 * directory gets its name, that name before the link changes, the link
 * before we say so.
 */
ATF_TC_WITHOUT_HEAD(synced_in_order);
ATF_TC_BODY(synced_in_order, tc)
{
	char order[CALLS + 1] = "";

	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_REQUIRE_EQ(write_box("a", NULL, NULL), 1);
	ATF_REQUIRE(run_writer("b", CALLS, order));
	/* make gen, tidy, make 2.tmp, fill it, commit */
	ATF_CHECK_STREQ(order, "muumcwfcwfcwffrfsrf");
	/* that it is on trial before it becomes current */
	noted.gt_trial = true;
	ATF_REQUIRE(run_writer("c", CALLS, order));
	ATF_CHECK_STREQ(order, "muumcwfcwfcwffrucwfrfsrf");
}

/* Leave `kilobytes` free on the disk. */
static void
fill_disk(int kilobytes)
{
	static char block[4096];
	int fd = open("cfg/filler", O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct stat sb;

	ATF_REQUIRE(fd != -1);
	while (write(fd, block, sizeof(block)) == (ssize_t)sizeof(block))
		;
	ATF_REQUIRE_EQ(errno, ENOSPC);
	ATF_REQUIRE_EQ(fstat(fd, &sb), 0);
	ATF_REQUIRE_EQ(ftruncate(fd, sb.st_size - kilobytes * 1024), 0);
	close(fd);
}

ATF_TC(full_disk);
ATF_TC_HEAD(full_disk, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(full_disk, tc)
{
	char hub[64];
	int kilobytes, n;

	ATF_REQUIRE_EQ(mkdir("cfg", 0755), 0);
	ATF_REQUIRE_EQ(unshare(CLONE_NEWNS), 0);
	ATF_REQUIRE_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ATF_REQUIRE_EQ(mount("tmpfs", "cfg", "tmpfs", 0, "size=128k"), 0);
	ATF_REQUIRE_EQ(write_box("a", NULL, NULL), 1);
	/* three files of a page each are needed */
	for (kilobytes = 0; kilobytes <= 8; kilobytes += 4) {
		fill_disk(kilobytes);
		ATF_CHECK_EQ(write_box("b", "x\n", NULL), -1);
		ATF_CHECK_MSG(strstr(err, "No space left on device") != NULL,
		    "%s", err);
		ATF_CHECK_EQ(generation_current("cfg"), 1);
		must_be_whole(1, hub, sizeof(hub));
		ATF_CHECK_STREQ(hub, "a");
		must_be_tidy(1);
	}
	fill_disk(12);
	ATF_CHECK_EQ_MSG(n = write_box("b", "x\n", NULL), 2, "%s", err);
	umount("cfg");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, trial);
	ATF_TP_ADD_TC(tp, trial_garbled);
	ATF_TP_ADD_TC(tp, author);
	ATF_TP_ADD_TC(tp, contents);
	ATF_TP_ADD_TC(tp, failed_check);
	ATF_TP_ADD_TC(tp, old_ones_go);
	ATF_TP_ADD_TC(tp, broken_link);
	ATF_TP_ADD_TC(tp, writers);
	ATF_TP_ADD_TC(tp, killed_anywhere);
	ATF_TP_ADD_TC(tp, synced_in_order);
	ATF_TP_ADD_TC(tp, full_disk);
	return (atf_no_error());
}
