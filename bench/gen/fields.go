package gen

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Marker stands before the sequence number in every line, and nowhere else.
const Marker = "sq="

// fields is one request as nginx would know it, without its time and number.
type fields struct {
	addr, user, method string
	before, after      string // of the URI, around the sequence number
	proto              string
	status, bytes      string
	took               string // seconds with milliseconds
	referer, agent     string // as the client sent them; "" when it sent none
}

// makeFields makes n requests, always the same ones.
func makeFields(n int) []fields {
	r := rand.New(rand.NewPCG(1, 2026))
	addrs := makeAddrs(r, 3000)
	all := make([]fields, n)
	for i := range all {
		path := makePath(r)
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		f := fields{
			addr:   addrs[int(float64(len(addrs))*r.Float64()*r.Float64())], // some come often
			method: pick(r, "GET", "GET", "GET", "GET", "GET", "GET", "GET", "POST", "HEAD", "PUT"),
			before: path + sep + Marker,
			proto:  pick(r, "HTTP/1.1", "HTTP/2.0", "HTTP/2.0"),
			status: pick(r, "200", "200", "200", "200", "200", "200", "200", "304", "301", "404", "403", "499", "500", "502"),
			bytes:  fmt.Sprint(int(1 + 200*r.ExpFloat64()*r.ExpFloat64()*100)),
			took:   fmt.Sprintf("%.3f", r.ExpFloat64()/8),
			agent:  userAgents[int(float64(len(userAgents))*r.Float64()*r.Float64())],
		}
		if r.IntN(3) == 0 {
			f.after = fmt.Sprintf("&p=%d", r.IntN(5000))
		}
		if r.IntN(40) == 0 {
			f.user = pick(r, "alice", "bob", "deploy")
		}
		if r.IntN(10) < 6 {
			f.referer = makeReferer(r)
		}
		switch r.IntN(300) { // what makes escaping necessary
		case 0:
			f.agent = `Mozilla/5.0 "quoted" \ (compatible)`
		case 1:
			f.referer = "https://пример.example/поиск"
		case 2:
			f.agent = ""
		}
		all[i] = f
	}
	return all
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

func makeAddrs(r *rand.Rand, n int) []string {
	addrs := make([]string, n)
	for i := range addrs {
		if r.IntN(12) == 0 {
			addrs[i] = fmt.Sprintf("2001:db8:%x:%x::%x", r.IntN(1<<16), r.IntN(1<<16), 1+r.IntN(1<<12))
			continue
		}
		addrs[i] = fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(222), r.IntN(256), r.IntN(256), 1+r.IntN(254))
	}
	return addrs
}

func makePath(r *rand.Rand) string {
	word := func() string { return words[r.IntN(len(words))] }
	switch r.IntN(9) {
	case 0:
		return "/"
	case 1:
		return fmt.Sprintf("/static/js/%s.%08x.js", word(), r.Uint32())
	case 2:
		return fmt.Sprintf("/images/%s/%d_%s.jpg", word(), r.IntN(90000), word())
	case 3:
		return fmt.Sprintf("/api/v1/%s/%d", word(), r.IntN(1_000_000))
	case 4:
		return fmt.Sprintf("/api/v2/%s/%d/%s", word(), r.IntN(1_000_000), word())
	case 5:
		return fmt.Sprintf("/search?q=%s+%s&lang=en", word(), word())
	case 6:
		return fmt.Sprintf("/product/%s-%s-%d", word(), word(), r.IntN(40000))
	case 7:
		return fmt.Sprintf("/%s/%s.html", word(), word())
	default:
		return "/static/css/main." + word() + ".css"
	}
}

func makeReferer(r *rand.Rand) string {
	switch r.IntN(4) {
	case 0:
		return "https://www.google.com/"
	case 1:
		return "https://shop.example.com/"
	default:
		return "https://shop.example.com/" + words[r.IntN(len(words))] + "/" + words[r.IntN(len(words))]
	}
}

var words = strings.Fields(`account admin archive basket blog books brand camera cart catalog checkout
	coffee contact delivery device download events feed forum garden gallery health help hotel invoice
	jacket kitchen laptop library login lamp market media mobile music news notebook offers order orders
	outdoor payment phone photo pricing printer profile radio recipe report review sale search session
	settings shelf shoes sports status stock store summer support table ticket travel update upload user
	users video watch weather window winter wishlist`)

var userAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"curl/8.14.1",
	"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
	"kube-probe/1.33",
	"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"okhttp/4.12.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
	"Go-http-client/2.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"python-requests/2.32.5",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
	"Prometheus/3.5.0",
	"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
	"Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
	"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
	"Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
	"Apache-HttpClient/5.5 (Java/21.0.8)",
	"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
	"Wget/1.25.0",
}
