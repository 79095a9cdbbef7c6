# Looks people up through glibc's NSS until SIGTERM, and prints what was wrong as one line of JSON.
#
# Reads lines `stable NAME UID` (must be found) or `absent-ok NAME UID` (if found, then so) from its stdin first. In
# list context perl follows each getpwnam and getpwuid with a getspnam, so as root this reads the shadow map too.
# libnss-cache opens its files at every call and nothing here caches, so each lookup reads what is current then.
use strict;
use warnings;
use JSON::PP;

use constant MAX_EXAMPLES => 10;

my $stopped = 0;
$SIG{TERM} = sub { $stopped = 1 };

my @expected;
while (my $line = <STDIN>) {
    chomp $line;
    my ($rule, $name, $uid) = split / /, $line;
    push @expected, { must => $rule eq 'stable', name => $name, uid => $uid };
}
die "no names to look up\n" unless @expected;

my %count = (lookups => 0, found => 0, missing => 0, wrong => 0);
my @examples;

sub note {
    my ($kind, $text) = @_;
    push @examples, "$kind: $text" if $count{$kind}++ < MAX_EXAMPLES;
}

sub check {
    my ($question, $expected, $name, $uid) = @_;
    $count{lookups}++;
    if (!defined $name) {
        note('missing', $question) if $expected->{must};
        return;
    }
    $count{found}++;
    return if $name eq $expected->{name} && $uid == $expected->{uid};
    note('wrong', "$question answered $name:$uid, not $expected->{name}:$expected->{uid}");
}

$| = 1;
print "ready\n";
while (!$stopped) {
    my $expected = $expected[rand @expected];
    my ($name, $uid) = (getpwnam($expected->{name}))[0, 2];
    check("getpwnam($expected->{name})", $expected, $name, $uid);
    ($name, $uid) = (getpwuid($expected->{uid}))[0, 2];
    check("getpwuid($expected->{uid})", $expected, $name, $uid);
}
print JSON::PP->new->canonical->latin1->encode({ %count, examples => \@examples }), "\n";
