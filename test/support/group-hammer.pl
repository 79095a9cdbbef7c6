# Looks groups up through glibc's NSS until SIGTERM, and prints what was wrong as nss-hammer.pl does.
#
# Reads lines `stable NAME GID` (must be found) or `absent-ok NAME GID` (if found, then so) from its stdin first. Every
# group is looked up at least once.
use strict;
use warnings;
use JSON::PP;

use constant MAX_EXAMPLES => 10;

my $stopped = 0;
$SIG{TERM} = sub { $stopped = 1 };

my @expected;
while (my $line = <STDIN>) {
    chomp $line;
    my ($rule, $name, $gid) = split / /, $line;
    push @expected, { must => $rule eq 'stable', name => $name, gid => $gid };
}
die "no groups to look up\n" unless @expected;

my %count = (lookups => 0, found => 0, missing => 0, wrong => 0);
my @examples;

sub note {
    my ($kind, $text) = @_;
    push @examples, "$kind: $text" if $count{$kind}++ < MAX_EXAMPLES;
}

sub check {
    my ($question, $expected, $name, $gid) = @_;
    $count{lookups}++;
    if (!defined $name) {
        note('missing', $question) if $expected->{must};
        return;
    }
    $count{found}++;
    return if $name eq $expected->{name} && $gid == $expected->{gid};
    note('wrong', "$question answered $name:$gid, not $expected->{name}:$expected->{gid}");
}

$| = 1;
print "ready\n";
do {
    for my $expected (@expected) {
        my ($name, $gid) = (getgrnam($expected->{name}))[0, 2];
        check("getgrnam($expected->{name})", $expected, $name, $gid);
        ($name, $gid) = (getgrgid($expected->{gid}))[0, 2];
        check("getgrgid($expected->{gid})", $expected, $name, $gid);
    }
} until $stopped;
print JSON::PP->new->canonical->latin1->encode({ %count, examples => \@examples }), "\n";
