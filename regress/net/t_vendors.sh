# SPDX-License-Identifier: ISC
# vendors.sh: IEEE's list, and what is no such list, as a table of vendors.
# flavours: asan

VENDOR=$LW_TOP/obj/$LW_FLAVOUR/regress/net/h_vendor

# made LIST: the table of it
made()
{
	atf_check -o save:said sh "$LW_TOP/image/vendors.sh" "$1" table
}

atf_test_case list
list_head()
{
	atf_set descr "the vendors of two prefixes or more, with short names"
}
list_body()
{
	printf '%s\r\n' 'OUI/MA-L                Organization' \
	    '00-00-0C   (hex)		Cisco Systems, Inc' \
	    '00000C     (base 16)		Cisco Systems, Inc' \
	    '				170 WEST TASMAN DRIVE' \
	    '00-1B-21   (hex)		Some  Factory GmbH & Co. KG' \
	    '00-1B-22   (hex)		Some Factory' \
	    '00-1B-22   (hex)		Somebody Else' \
	    '00-1B-23   (hex)		CISCO SYSTEMS, INC.' \
	    '00-1B-24   (hex)		Shop (Shanghai) Co.,Ltd.' \
	    '00-1B-25   (hex)		Shop Corporation' \
	    '00-1B-26   (hex)		Alone Ltd' \
	    '00-1B-27   (hex)		Private' \
	    '00-1B-28   (hex)		Private' \
	    '00-1B-29   (hex)		IEEE Registration Authority' \
	    '00-1B-2A   (hex)		IEEE Registration Authority' \
	    '00-1B-2B   (hex)		名前	Co., Ltd.' \
	    'FC-FF-FF   (hex)		名前' >list
	made list
	atf_check -o inline:"8 of 14 prefixes, 4 vendors\n" cat said
	atf_check -o inline:"Cisco Systems\nSome Factory\nSome Factory\nCisco \
Systems\nShop\nShop\n-\n-\n-\n名前\n名前\n-\n" "$VENDOR" table \
	    00:00:0c:01:02:03 00:1b:21:00:00:00 00:1b:22:00:00:00 \
	    00:1b:23:ff:ff:ff 00:1b:24:00:00:00 00:1b:25:00:00:00 \
	    00:1b:26:00:00:00 00:1b:27:00:00:00 00:1b:29:00:00:00 \
	    00:1b:2b:00:00:00 fc:ff:ff:00:00:00 01:00:0c:01:02:03
	cp table first
	made list
	atf_check cmp first table
}

atf_test_case none
none_head()
{
	atf_set descr "what is no list makes a table of nobody, and a long one"
}
none_body()
{
	: >empty
	made empty
	atf_check -o inline:"0 of 0 prefixes, 0 vendors\n" cat said
	atf_check -o inline:"-\n" "$VENDOR" table 00:00:0c:01:02:03
	head -c 100000 /dev/urandom >noise
	made noise
	atf_check -o ignore "$VENDOR" table 00:00:0c:01:02:03
	# control characters, no UTF-8, nothing left of a name, a long one
	{
		printf '00-00-01   (hex)\t\tA\001B\033[31m\r\n'
		printf '00-00-02   (hex)\t\tA\001B\033[31m\n'
		printf '00-00-03   (hex)\t\t\377\376x\n'
		printf '00-00-04   (hex)\t\t\377\376x\n'
		printf '00-00-05   (hex)\t\tInc\n00-00-06   (hex)\t\tInc\n'
		printf '00-00-07   (hex)\n00-00-08   (hex)\t\t \n'
		printf '00-0G-09   (hex)\t\tx\n00-00-0   (hex)\t\tx\n'
		printf '00-00-0A   (hex)\t\t%0500d\n' 0 0
	} >hostile
	made hostile
	atf_check -o inline:"A B [31m\nx\nInc\n" "$VENDOR" table \
	    00:00:01:00:00:00 00:00:04:00:00:00 00:00:06:00:00:00
	# as many as there are prefixes
	awk 'BEGIN {
		for (i = 0; i < 40000; i++)
			printf "%02X-%02X-%02X   (hex)\t\tMaker %d\n",
			    4 * (i / 8000), i % 256, (i / 256) % 256, i % 5000
	}' >long
	made long
	atf_check -o match:"of 40000 prefixes, 5000 vendors" cat said
	atf_check -o inline:"Maker 300\n" "$VENDOR" table 00:2c:01:00:00:00
}

atf_init_test_cases()
{
	atf_add_test_case list
	atf_add_test_case none
}
