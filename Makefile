# SPDX-License-Identifier: ISC
# Longwire's build: GNU make, one process, everything made goes to obj/.
#
#	make			programs of FLAVOUR (default: amd64, what ships)
#	make image [TARGET=amd64]  disk image obj/image/TARGET/longwire.img
#	make bundle [TARGET=amd64] [UPGRADE_KEY=FILE]  obj/image/TARGET/longwire.bundle
#	make images		the disk as ISO, qcow2, vmdk, vhdx and OVA as well
#	make deb		hubd and vnicd for a plain Debian, in obj/deb
#	make release [UPGRADE_KEY=FILE]  all of that of each target, signed,
#				in obj/release
#	make release-check	and whether another build of it is the same
#	make run [CHECK=1] [SETUP=manual]  hub and two offices, as VMs
#	make test		unit, config and net tests, the main job on VMs
#	make test-system	the other tests that boot the image
#	make torture [TORTURE_BOOTS=30]  power cuts during an upgrade, for long
#	make bench [BENCH=short] [BENCH_ONLY=tcp,rtt]  against its peers
#	make fuzz [FUZZ_SECONDS=300] [FUZZ=f_NAME...]  parsers, for long
#	make bench-congestion	beside peers on emulated links, see congestion.py
#		BENCH=short: under 10 minutes; ANEW=1: forget what is there
#	make lint		format, static checks, scripts, man pages
#	make install [DESTDIR=] [PREFIX=/usr] [FLAVOUR=host]
#	make clean
#
# FLAVOUR	compiled against
# amd64		Debian 13's files in obj/sysroot/amd64: what ships
# host		this machine's libraries: to install on a PC
# asan		this machine's libraries, with ASan and UBSan
# tsan		this machine's libraries, with TSan
# toy		asan, with the toy modules of regress/modules in the tables
# fuzz		this machine's libraries, by clang for libFuzzer
# arm64		as amd64, by the cross compiler
# armhf s390x	the unit tests of modules that need no library
#
# Sources are found by name, so adding a file needs no change here:
#	sys/*/*.c		libsys.a
#	usr.sbin/P/*.c		program P, *.[58] its man pages
#	etc/man/*.[58]		man pages of what etc/ holds
#	regress/**/t_*.c	ATF test program (t_thread_*.c: also under TSan)
#	regress/**/t_*.sh	atf-sh test program
#	regress/**/h_*.c	helper program for the shell tests
#	regress/fuzz/f_*.c	target of libFuzzer
#	image/*/target		target
# V=1 shows whole commands; TESTS='net/t_hub*' limits make test.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

FLAVOUR	?= amd64
CROSS	:= arm64 armhf s390x
FLAVOURS := amd64 host asan tsan toy fuzz $(CROSS)
TESTED	:= amd64 asan tsan toy $(CROSS)
PREFIX	?= /usr
DESTDIR	?=
ifeq ($(origin CC),default)
CC	:= gcc
endif
ifeq ($(origin AR),default)
AR	:= gcc-ar
endif
Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '%-7s %s\n' '$(1)' '$(2)';)

ifeq ($(filter $(FLAVOUR),$(FLAVOURS)),)
$(error FLAVOUR=$(FLAVOUR): choose one of $(FLAVOURS))
endif

SYS_SRCS := $(sort $(wildcard sys/*/*.c))
PROGS	:= $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard usr.sbin/*/*.c)))))
REGRESS	:= $(if $(wildcard regress),$(sort $(shell find regress -type f)))
T_SRCS	:= $(foreach f,$(filter %.c,$(REGRESS)),$(if $(filter t_%,$(notdir $f)),$f))
H_SRCS	:= $(foreach f,$(filter %.c,$(REGRESS)),$(if $(filter h_%,$(notdir $f)),$f))
EMU_SRCS := $(sort $(wildcard regress/bench/emu/*.c))
F_SRCS	:= $(filter regress/fuzz/f_%.c,$(REGRESS))
SH_TESTS := $(foreach f,$(filter %.sh,$(REGRESS)),$(if $(filter t_%,$(notdir $f)),$f))
MANS	:= $(sort $(wildcard usr.sbin/*/*.[1-9] etc/man/*.[1-9]))
EXAMPLES := $(sort $(wildcard etc/examples/*))

#
# Compiler flags.
#
SYSROOT	:= obj/sysroot/amd64
WARN	:= -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wconversion -Werror
COMMON	:= -std=gnu17 -g -pthread -D_GNU_SOURCE= -DLIBBSD_OVERLAY $(WARN)
# (the folder's name would otherwise change a program's build ID)
RELEASE	:= -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
	-ffunction-sections -ffile-prefix-map=$(CURDIR)=/usr/src/longwire
# (what a lone frame passes lies together)
HOT	:= $(shell cksum sys/hot.ld)
RELLD	:= -pie -Wl,-z,relro,-z,now,-T,sys/hot.ld
LIBS	:= -l:libpcap.a -lqrencode -lcrypt -lssh2 -lnftables -lmnl -lseccomp -ljansson -levent_extra \
	-levent_pthreads -levent_core -lssl -lcrypto -lbsd

amd64_CFLAGS := --sysroot=$(SYSROOT) $(RELEASE)
amd64_LDFLAGS := --sysroot=$(SYSROOT) -B$(SYSROOT)/usr/lib/x86_64-linux-gnu \
	-L$(SYSROOT)/usr/lib/x86_64-linux-gnu $(RELLD)
amd64_BSD := $(SYSROOT)/usr/include/x86_64-linux-gnu/bsd
# where libbsd's overlay is: in Debian 12, in Debian 13 (not by $(wildcard):
# it may be installed after this was read)
HOST_BSD := /usr/include/bsd /usr/include/x86_64-linux-gnu/bsd
host_CFLAGS := $(RELEASE)
host_LDFLAGS := $(RELLD)
SAN	:= -O1 -fno-omit-frame-pointer -DLONGWIRE_SANITIZER
asan_CFLAGS := $(SAN) -fsanitize=address,undefined -fno-sanitize-recover=all
asan_LDFLAGS := -fsanitize=address,undefined
tsan_CFLAGS := $(SAN) -fsanitize=thread
tsan_LDFLAGS := -fsanitize=thread
fuzz_CC	:= clang
fuzz_CFLAGS := $(SAN) -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
fuzz_LDFLAGS := -fsanitize=fuzzer,address,undefined
# clang is among the test tools
fuzz_TOOLS := host-test
toy_CFLAGS := -iquote regress/modules $(asan_CFLAGS)
toy_LDFLAGS := $(asan_LDFLAGS)
toy_SRCS := $(sort $(wildcard regress/modules/*/*.c))

#
# Other architectures.  arm64 is whole: everything against Debian 13's files.
# armhf and s390x, of 32 bits and big-endian, are for unit tests of modules
# that need nothing but the C library, that of the cross compiler.
#
arm64_TRIPLET := aarch64-linux-gnu
arm64_QEMU := qemu-aarch64 -L $(CURDIR)/obj/sysroot/arm64
armhf_TRIPLET := arm-linux-gnueabihf
armhf_EMU := qemu-arm
s390x_TRIPLET := s390x-linux-gnu
s390x_EMU := qemu-s390x
PURE	:= armhf s390x
define cross
$(1)_CC	:= $$($(1)_TRIPLET)-gcc
$(1)_ROOT := obj/sysroot/$(1)
$(1)_SYSROOT := $$($(1)_ROOT)/.stamp
$(1)_ELF := .elf
$(1)_BSD := $$(addprefix $$($(1)_ROOT)/usr/include/,bsd $$($(1)_TRIPLET)/bsd)
endef
$(foreach f,$(CROSS),$(eval $(call cross,$f)))
arm64_CFLAGS := --sysroot=$(arm64_ROOT) $(RELEASE)
arm64_LDFLAGS := --sysroot=$(arm64_ROOT) -B$(arm64_ROOT)/usr/lib/$(arm64_TRIPLET) \
	-L$(arm64_ROOT)/usr/lib/$(arm64_TRIPLET) $(RELLD)
define pure
$(1)_CFLAGS := $$(RELEASE) -isystem $$($(1)_ROOT)/usr/include
$(1)_LDFLAGS := $(RELLD) -L$$($(1)_ROOT)/usr/lib/$$($(1)_TRIPLET)
$(1)_LIBS := -l:libbsd.a -l:libmd.a
$(1)_QEMU := $$($(1)_EMU) -L /usr/$$($(1)_TRIPLET) \
	-E LD_LIBRARY_PATH=$(CURDIR)/$$($(1)_ROOT)/usr/lib/$$($(1)_TRIPLET)
$(1)_MODULES := $$(filter-out sys/net/loop.c,$$(filter sys/net/% sys/encap/% sys/kern/%,$$(SYS_SRCS)))
endef
$(foreach f,$(PURE),$(eval $(call pure,$f)))
armhf_CFLAGS += -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64

#
# Shell tests say in a comment which flavours of the daemons they want
# ("# flavours: asan tsan amd64"; asan if absent) and whether they boot the
# image ("# suite: system"; test if absent).
#
SH_META	:= $(if $(SH_TESTS),$(shell awk ' \
	FNR == 1 { fl = 0 } \
	/^\# flavours:/ { fl = 1; for (i = 3; i <= NF; i++) print FILENAME ":" $$i } \
	FNR == 1 { if (prev != "" && !seen[prev]) print prev ":asan"; prev = FILENAME } \
	/^\# flavours:/ { seen[FILENAME] = 1 } \
	/^\# suite:/ { print FILENAME "=" $$3 } \
	END { if (prev != "" && !seen[prev]) print prev ":asan" }' $(SH_TESTS)))
SH_SYSTEM := $(patsubst %=system,%,$(filter %=system,$(SH_META)))
BAD_META := $(filter-out $(addprefix %:,$(TESTED)) %=test %=system,$(SH_META))
ifneq ($(BAD_META),)
$(error unknown flavour or suite in a test: $(BAD_META))
endif

C_TESTS	:= $(T_SRCS:.c=)
asan_CTESTS := $(C_TESTS)
tsan_CTESTS := $(foreach t,$(C_TESTS),$(if $(filter t_thread_%,$(notdir $t)),$t))
# Unit tests of the other architectures, of make test-system; each is started
# by a script.  Those of arm64 that need libraries are its own.
QTESTS	:= $(addprefix regress/,encap/t_capsule encap/t_varint kern/t_bucket \
	kern/t_conf kern/t_conf_random kern/t_frame kern/t_generation \
	kern/t_moderate kern/t_schema kern/t_version net/t_acl net/t_aqm \
	net/t_aqm_sim net/t_binding net/t_dhcp6 net/t_ether net/t_fdb net/t_flow \
	net/t_flowkey net/t_gro net/t_igmp net/t_inspect \
	net/t_mcast net/t_mss net/t_neighbour net/t_offload net/t_pace \
	net/t_pcapng net/t_policy net/t_stay_local net/t_vendor net/t_vlan \
	vnicd/t_backoff \
	vnicd/t_discover vnicd/t_need vnicd/t_resolv web/t_lines)
armhf_QTESTS := $(QTESTS)
s390x_QTESTS := $(QTESTS) regress/net/t_flow_sim
arm64_QTESTS := $(QTESTS) $(addprefix regress/,auth/t_guess auth/t_password \
	auth/t_radius_packet auth/t_totp \
	crypto/t_md4 crypto/t_record crypto/t_tls_record \
	transport/t_ntlm tunnel/t_http tunnel/t_path \
	tunnel/t_session tunnel/t_token tunnel/t_twice)

#
# Rules of one flavour, $(1).
#
define flavour
$(1)_sh := $$(patsubst %.sh:$(1),%,$$(filter %:$(1),$$(SH_META)))
$(1)_tests := $$(addprefix obj/$(1)/,$$(filter-out $$(SH_SYSTEM:.sh=),\
	$$($(1)_CTESTS) $$($(1)_sh)))
$(1)_system := $$(addprefix obj/$(1)/,$$(filter $$(SH_SYSTEM:.sh=),$$($(1)_sh)) \
	$$($(1)_QTESTS))
$(1)_helpers := $$(patsubst %.c,obj/$(1)/%,$$(H_SRCS))
$(1)_progs := $$(addprefix obj/$(1)/sbin/,$$(PROGS))
$(1)_cc := $$(or $$($(1)_CC),$$(CC)) $$(COMMON) -Isys $$($(1)_CFLAGS) \
	$$(addprefix -isystem ,$$(or $$($(1)_BSD),$$(HOST_BSD))) $$(CFLAGS)
$(1)_ld := $$(or $$($(1)_CC),$$(CC)) -pthread $$($(1)_LDFLAGS) $$(LDFLAGS) -Wl,--as-needed
$(1)_flags := $$($(1)_cc) $$($(1)_ld)

# Flags that changed (CC=clang, CFLAGS=..., sys/hot.ld) rebuild everything.
$$(shell mkdir -p obj/$(1); printf '%s\n' '$$($(1)_flags) $(HOT)' | \
    cmp -s - obj/$(1)/.flags || \
    printf '%s\n' '$$($(1)_flags) $(HOT)' >obj/$(1)/.flags)
obj/$(1)/.flags: ;

obj/$(1)/%.o: %.c Makefile obj/$(1)/.flags $$($(1)_SYSROOT) | obj/.host-build $$($(1)_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)$$($(1)_cc) -I$$(<D) -MMD -MP -c -o $$@ $$<

obj/$(1)/libsys.a: $$(patsubst %.c,obj/$(1)/%.o,$$(or $$($(1)_MODULES),$$(SYS_SRCS)) $$($(1)_SRCS))
	@rm -f $$@
	$$(call say,AR,$$@)$$(AR) rcsD $$@ $$^

# What the link emulator, its tests and the benchmarks share.
$$(foreach p,h_emu h_probe t_link,obj/$(1)/regress/bench/$$p): \
	$$(patsubst %.c,obj/$(1)/%.o,$$(EMU_SRCS))

$$($(1)_helpers): obj/$(1)/%: obj/$(1)/%.o obj/$(1)/libsys.a
	$$(call say,LD,$$@)$$($(1)_ld) -o $$@ $$^ $$(LIBS)

# The tests' own library may have to be installed before they compile.
$$(patsubst %,obj/$(1)/%.o,$$(C_TESTS) regress/atf_leaks): | host-test

$$(patsubst %,obj/$(1)/%$$($(1)_ELF),$$(C_TESTS)): obj/$(1)/%$$($(1)_ELF): obj/$(1)/%.o \
		obj/$(1)/regress/atf_leaks.o obj/$(1)/libsys.a
	$$(call say,LD,$$@)$$($(1)_ld) -o $$@ $$^ -latf-c $$(or $$($(1)_LIBS),$$(LIBS))
$$(addprefix obj/$(1)/,$$($(1)_QTESTS)): obj/$(1)/%: obj/$(1)/%.elf
	@printf '#!/bin/sh\nexec $$($(1)_QEMU) "$$(CURDIR)/$$<" "$$$$@"\n' >$$@
	@chmod +x $$@

# A shell test runs from the source tree; this wrapper tells it its flavour.
$$(addprefix obj/$(1)/,$$($(1)_sh)): obj/$(1)/%: %.sh Makefile
	@mkdir -p $$(@D)
	@printf '#!/usr/bin/env atf-sh\nLW_TOP="%s"\nLW_FLAVOUR=%s\n. "%s"\n' \
	    '$$(CURDIR)' $(1) '$$(CURDIR)/regress/subr' >$$@
	@printf '. "%s"\n' '$$(CURDIR)/$$<' >>$$@
	@chmod +x $$@

.PRECIOUS: obj/$(1)/%.o
$$(foreach p,$$(PROGS),$$(eval $$(call program,$(1),$$p)))
-include $$(patsubst %.c,obj/$(1)/%.d,$$(SYS_SRCS) $$($(1)_SRCS) $$(T_SRCS) $$(H_SRCS) \
	$$(EMU_SRCS) regress/atf_leaks.c $$(wildcard usr.sbin/*/*.c))
endef

# Program $(2) of flavour $(1).
define program
obj/$(1)/sbin/$(2): $(patsubst %.c,obj/$(1)/%.o,$(sort $(wildcard usr.sbin/$(2)/*.c))) obj/$(1)/libsys.a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$$($(1)_ld) -o $$@ $$^ $$(LIBS)
endef

amd64_SYSROOT := $(SYSROOT)/.stamp
$(foreach f,$(FLAVOURS),$(eval $(call flavour,$f)))

.PHONY: all image images bundle deb release release-check run test \
	test-system torture bench bench-congestion fuzz fuzz-targets lint \
	install clean
all: $($(FLAVOUR)_progs)

#
# What the machine must have, and Debian 13's files.  One installs at a time.
#
obj/.host-%: ports/host.list ports/host.sh
	@mkdir -p $(@D)
	$(Q)flock obj/.host.lock sh ports/host.sh $*
	@touch $@

PORTS	:= $(filter-out ports/host.%,$(if $(wildcard ports),$(sort $(shell find ports -type f))))
# The stamp changes only if packages or versions did.
obj/sysroot/%/.stamp: obj/sysroot/%.checked
	@:
obj/sysroot/%.checked: ports/sysroot.sh $(PORTS) | obj/.host-build
	$(call say,SYSROOT,obj/sysroot/$*)sh ports/sysroot.sh $* obj/sysroot/$* \
	    $(if $(filter $(PURE),$*),pure)
	@touch $@
$(CROSS:%=obj/sysroot/%.checked): | obj/.host-cross
.PRECIOUS: obj/sysroot/%.checked obj/sysroot/%/.stamp

#
# Images.  Each is made with this machine's sysupgrade, too.
#
TARGET	?= amd64
TARGETS	:= $(patsubst image/%/target,%,$(wildcard image/*/target))
ifeq ($(filter $(TARGET),$(TARGETS)),)
$(error TARGET=$(TARGET): choose one of $(TARGETS))
endif
IMG	:= obj/image/amd64/longwire.img
IMG_SRCS := $(sort $(shell find $(wildcard image etc ports) -type f)) \
	LICENSE usr.sbin/webconfd/plot.js
define target
$(1)_ARCH := $(shell sed -n 's/^IMAGE_ARCH=//p' image/$(1)/target)
$(1)_HOST := obj/.host-image $$(if $$(filter $$(CROSS),$$($(1)_ARCH)),\
	obj/.host-cross obj/.host-board)
$(1)_PARTS := $$(sort $$($$($(1)_ARCH)_progs) obj/amd64/sbin/sysupgrade)
obj/image/$(1)/longwire.img: $$($(1)_PARTS) $(IMG_SRCS) | $$($(1)_HOST)
	$$(call say,IMAGE,$$@)sh image/build.sh $(1)
	@touch $$@
endef
$(foreach t,$(TARGETS),$(eval $(call target,$t)))

# what takes the room
image: obj/image/$(TARGET)/longwire.img
	$(Q)cat $(<D)/sizes.txt

# Whoever signs it is none of its sources: see image/bundle.sh.
bundle: $($(TARGET)_PARTS) | $($(TARGET)_HOST)
	$(Q)sh image/build.sh $(TARGET)
	$(Q)head -n 7 obj/image/$(TARGET)/longwire.bundle
	@echo obj/image/$(TARGET)/longwire.bundle

# Forms that are there and made of this disk are not made again.
FORMS	:= iso qcow2 vmdk vhdx ova
images: $(IMG)
	$(Q)IMAGE_FORMS='$(FORMS)' sh image/build.sh amd64

DEBS	:= amd64 arm64
deb: $(foreach f,$(DEBS),$($f_progs)) | obj/.host-image
	$(Q)$(foreach f,$(DEBS),sh image/deb.sh $f &&) :

# (of this commit, though nothing else has changed)
BOARDS	:= $(filter-out amd64,$(TARGETS))
release: images deb $(foreach t,$(BOARDS),$($t_PARTS)) | $(foreach t,$(BOARDS),$($t_HOST))
	$(Q)$(foreach t,$(BOARDS),sh image/build.sh $t &&) :
	$(Q)sh image/release.sh amd64 $(BOARDS)

release-check:
	$(Q)sh image/release-check.sh

# The browser of SETUP=browser is among the test tools.
run: $(IMG) $(amd64_helpers) | $(if $(filter browser,$(SETUP)),host-test)
	$(Q)CHECK='$(CHECK)' sh image/run.sh

#
# Benchmarks.  A short run and one of chosen figures leave the boot out.
#
BENCH	?= full
BENCH_ONLY ?=
BENCH_BOOT := $(if $(BENCH_ONLY),$(filter boot,$(BENCH_ONLY)),$(filter full,$(BENCH)))

#
# Tests.  What a flavour needs is built only if a test wants that flavour.
#
TESTS	?=
tests	= $(foreach f,$(TESTED),$($f_$(1)))
needs	= $(call tests,$(1)) $(foreach f,$(filter-out $(CROSS),$(TESTED)),\
	$(if $($f_$(1)),$($f_progs) $($f_helpers))) \
	$(if $(filter $(arm64_sh:%=obj/arm64/%),$(arm64_$(1))),$(arm64_progs))

# A test tool that cannot be installed makes tests skip; the rest goes on.
.PHONY: host-test
host-test: | obj/.host-build
	@test obj/.host-test -nt ports/host.list || \
	    $(MAKE) -s obj/.host-test || \
	    echo 'make: going on without the test tools named above' >&2

# The main job on virtual machines, unless TESTS leaves it out.
MAINJOB	:= $(if $(or $(if $(TESTS),,all),$(findstring image/,$(TESTS))),\
	$(if $(findstring /regress/image/,$(call tests,tests)),$(IMG)))

test: $(call needs,tests) $(MAINJOB) | host-test
	$(Q)sh regress/run.sh test '$(TESTS)' $(call tests,tests)

SYSTEM_IMG := $(if $(or $(if $(TESTS),,all),$(findstring t_forms,$(TESTS))),images,$(IMG))
BOARD_IMG := $(patsubst %,obj/image/%/longwire.img,\
	$(if $(or $(if $(TESTS),,all),$(findstring t_boards,$(TESTS))),rock-pi-e espressobin) \
	$(if $(or $(if $(TESTS),,all),$(findstring t_arm64,$(TESTS))),arm64-virt))
test-system: $(call needs,system) $(SYSTEM_IMG) $(BOARD_IMG) | host-test
	$(Q)sh regress/run.sh test-system '$(TESTS)' $(call tests,system)

# All states that a power cut may leave, and so many of them booted; what is
# left of it, such as the log of writes, is in obj/torture.
TORTURE_BOOTS ?= 30
torture: obj/amd64/regress/image/t_torture $(amd64_progs) $(amd64_helpers) \
		$(IMG) | host-test
	$(Q)rm -rf obj/torture && mkdir -p obj/torture
	$(Q)cd obj/torture && export LW_TOP='$(CURDIR)' TORTURE_STATES=all \
	    TORTURE_BOOTS='$(TORTURE_BOOTS)' t=../amd64/regress/image/t_torture; \
	    $$t -r result upgrade 2>errors; $$t upgrade:cleanup 2>>errors; \
	    cat result; grep -qx passed result

# BENCH=short: under 5 minutes; BENCH_ONLY=tcp,rtt: these figures alone;
# BENCH_ONLY=boot: the image's boot alone.
bench: $(amd64_progs) $(amd64_helpers) $(if $(BENCH_BOOT),$(IMG)) | host-test
	$(if $(filter boot,$(BENCH_ONLY)),,$(Q)BENCH='$(BENCH)' \
	    BENCH_ONLY='$(BENCH_ONLY)' sh regress/bench/bench.sh)
	$(if $(BENCH_BOOT),$(Q)sh regress/bench/boot.sh)

#
# Fuzzing.  The targets are built by the test that runs them for a short
# while, which skips where there is no clang, and installs nothing beside other
# tests (fuzz_TOOLS=).
#
FUZZ_SECONDS ?= 300
FUZZ	?= $(notdir $(F_SRCS:.c=))
FUZZ_PROGS := $(F_SRCS:%.c=obj/fuzz/%)
$(FUZZ_PROGS): obj/fuzz/%: obj/fuzz/%.o obj/fuzz/libsys.a
	$(call say,LD,$@)$(fuzz_ld) -o $@ $^ $(LIBS)

fuzz-targets: $(FUZZ_PROGS)

fuzz: fuzz-targets
	$(Q)for f in $(FUZZ:f_%=%); do echo "FUZZ    $$f"; \
	    sh regress/fuzz/fuzz.sh $$f obj/fuzz -max_total_time=$(FUZZ_SECONDS) \
	    >obj/fuzz/$$f.log 2>&1 || { tail -n 60 obj/fuzz/$$f.log; exit 1; }; \
	    tail -n 1 obj/fuzz/$$f.log; done

bench-congestion: $(amd64_progs) $(amd64_helpers) | host-test obj/.host-bench
	$(Q)python3 regress/bench/congestion.py $(if $(ANEW),anew)

lint: | host-test
	$(Q)sh regress/lint.sh

#
# Install.  The disk image takes what it needs from here too.
#
BINDIR	:= $(DESTDIR)$(PREFIX)/sbin
MANDIR	:= $(DESTDIR)$(PREFIX)/share/man
EXDIR	:= $(DESTDIR)$(PREFIX)/share/examples/longwire
install: all
	$(Q)install -d $(BINDIR)
	$(Q)$(foreach p,$($(FLAVOUR)_progs),install -m 755 $p $(BINDIR)/ &&) :
	$(Q)$(foreach m,$(MANS),install -D -m 644 $m \
	    $(MANDIR)/man$(subst .,,$(suffix $m))/$(notdir $m) &&) :
	$(Q)$(foreach e,$(EXAMPLES),install -D -m 644 $e $(EXDIR)/$(notdir $e) &&) :

clean:
	rm -rf obj
