package webhooks_test

import (
	"net/netip"
	"testing"

	"kheo/pipeline/campaign"
	"kheo/pipeline/webhooks"
)

// Addresses that only look public are refused when they are dialled, in whichever form they are written or a name is
// resolved to: those of translations and tunnels that lead to private IPv4 addresses, of benchmarks and documentation, and
// of sites.
func TestAddressesThatOnlyLookPublicAreRefused(t *testing.T) {
	t.Parallel()
	guard := webhooks.Guard(&campaign.Webhook{URL: "https://a.example.org"})
	for _, at := range []string{
		"::127.0.0.1", "::10.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1", // IPv4 as IPv6: compatible, mapped, translated
		"64:ff9b::a00:1", "64:ff9b:1::a00:1", // NAT64: well-known and local
		"2002:a00:1::1", "2001:0:a00:1::1", "2001::1", "fe80::5efe:a00:1", // 6to4, Teredo, ISATAP
		"fec0::1", "fc00::1", "ff02::1", "100::1", "2001:db8::1", "2001:2::1", "3fff::1", "5f00::1", "::", "::1",
		"0.0.0.0", "0.1.2.3", "10.255.255.255", "100.127.255.255", "127.255.255.254", "169.254.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.255.255", "198.19.255.255", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	} {
		if err := guard("tcp", netip.AddrPortFrom(netip.MustParseAddr(at), 443).String(), nil); err == nil {
			t.Errorf("%s is called", at)
		}
	}
	for _, at := range []string{"93.184.215.14", "2606:2800:21f:cb07::1", "172.32.0.1", "100.128.0.1", "198.20.0.1"} {
		if err := guard("tcp", netip.AddrPortFrom(netip.MustParseAddr(at), 443).String(), nil); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
}
