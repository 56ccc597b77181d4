package bench

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// eventNames are the track events, the commonest first: Segment's e-commerce and SaaS specifications, and a product's own.
var eventNames = []string{
	"Product Viewed", "Product Clicked", "Product List Viewed", "Product Added", "Checkout Step Viewed", "Order Completed",
	"Products Searched", "Cart Viewed", "Product Removed", "Checkout Started", "Checkout Step Completed", "Payment Info Entered",
	"Promotion Viewed", "Promotion Clicked", "Coupon Entered", "Coupon Applied", "Coupon Denied", "Product Shared", "Cart Shared",
	"Product Reviewed", "Order Updated", "Order Refunded", "Order Cancelled", "Product List Filtered", "Product Added to Wishlist",
	"Product Removed from Wishlist", "Wishlist Product Added to Cart", "Signed Up", "Signed In", "Signed Out", "Invite Sent",
	"Account Created", "Account Deleted", "Trial Started", "Trial Ended", "Account Added User", "Account Removed User",
	"Video Playback Started", "Video Playback Paused", "Video Playback Completed", "Video Content Playing", "Application Opened",
	"Application Backgrounded", "Application Updated", "Application Crashed", "Push Notification Received", "Push Notification Tapped",
	"Deep Link Opened", "Filter Applied", "Sort Changed", "Tooltip Shown", "Banner Dismissed", "Chat Opened", "Chat Message Sent",
	"Feedback Given", "Report Exported", "Dashboard Viewed", "Setting Changed", "Search Suggested", "Recommendation Shown",
}

var (
	pages = []string{"Home", "Product", "Category", "Cart", "Checkout", "Thank you", "Search", "Account", "Help", "Pricing"}
	words = []string{"basic", "premium", "blue", "large", "north", "spring", "mobile", "express", "cotton", "outdoor", "kitchen", "summer"}
	keys  = []string{"category", "brand", "variant", "coupon", "position", "list_id", "sort", "step", "shipping_method", "payment_method", "affiliation", "search_term"}
)

var countries = []string{"US", "DE", "GB", "FR", "JP", "BR", "IN", "NL", "SE", "CA"}

// appendProperties appends an object of 12 to 20 properties, one of them nested, and revenue where money is involved.
func appendProperties(b []byte, r *rand.Rand, money bool) []byte {
	b = append(b, `{"product_id":"`...)
	b = appendHex(b, r.Uint64N(5000)*0x9E3779B97F4A7C15, 7)
	b = append(strconv.AppendInt(append(b, `","quantity":`...), int64(1+r.IntN(4)), 10), `,"in_stock":`...)
	b = strconv.AppendBool(b, r.IntN(8) > 0)
	b = appendHex(append(b, `,"session_id":"`...), r.Uint64(), 11)
	b = fmt.Appendf(b, `","price":%d.%02d,"shipping":{"country":"%s","zip":"%05d","days":%d,"express":%t}`,
		1+r.IntN(400), r.IntN(100), countries[r.IntN(len(countries))], r.IntN(100_000), 1+r.IntN(9), r.IntN(4) == 0)
	first := r.IntN(len(keys))
	for k := range 6 + r.IntN(7) {
		b = append(append(append(b, `,"`...), keys[(first+k)%len(keys)]...), `":"`...)
		b = append(append(b, words[r.IntN(len(words))]...), ' ')
		b = append(append(b, words[r.IntN(len(words))]...), '"')
	}
	if r.IntN(10) == 0 {
		b = append(b, `,"tags":["sale","new"]`...)
	}
	if money && r.IntN(7) == 0 {
		cents := int64(100 * math.Exp(3+0.8*r.NormFloat64()))
		b = fmt.Appendf(b, `,"revenue":%d.%02d,"currency":"EUR"`, cents/100, cents%100)
	}
	return append(b, '}')
}

// appendHex appends a UUID-like text of 16 bytes.
func appendHex(b []byte, high, low uint64) []byte {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], high)
	binary.BigEndian.PutUint64(raw[8:], low)
	for i, cut := range [][2]int{{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, raw[cut[0]:cut[1]])
	}
	return b
}

// library is a Segment library and what it sends along.
type library struct {
	share             float64
	name, version     string
	idPrefix, context string
}

var libraries = []library{
	{0.55, "analytics.js", "npm:next-1.84.0", "ajs-next-", `"page":{"path":"/shop/%[1]s","referrer":"https://www.example.org/search","search":"?utm_source=newsletter&utm_campaign=%[1]s","title":"%[1]s – The Shop","url":"https://shop.example.com/shop/%[1]s?utm_source=newsletter"},"campaign":{"source":"newsletter","name":"%[1]s"},"userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36","userAgentData":{"brands":[{"brand":"Chromium","version":"131"}],"mobile":false,"platform":"macOS"},"locale":"en-GB","timezone":"Europe/London"`},
	{0.15, "analytics-swift", "1.6.2", "", `"app":{"name":"The Shop","version":"7.3.1","build":"8123","namespace":"com.example.shop"},"device":{"id":"B5372DB0-C21E-11E4-8DFC-AA07A5B093DB","manufacturer":"Apple","model":"iPhone15,2","type":"ios"},"os":{"name":"iOS","version":"18.1"},"screen":{"width":393,"height":852},"network":{"wifi":true,"cellular":false},"locale":"en-US","timezone":"America/New_York","instanceId":"%[1]s"`},
	{0.12, "analytics-kotlin", "1.24.0", "", `"app":{"name":"The Shop","version":"7.3.0","build":"8120","namespace":"com.example.shop"},"device":{"id":"7e8cb2a1","manufacturer":"Google","model":"Pixel 9","name":"tokay","type":"android"},"os":{"name":"Android","version":"15"},"screen":{"width":1080,"height":2424,"density":2.75},"network":{"wifi":false,"cellular":true,"carrier":"%[1]s"},"locale":"de-DE","timezone":"Europe/Berlin"`},
	{0.10, "@segment/analytics-node", "3.1.0", "node-next-", `"ip":"203.0.113.7","source":"%[1]s"`},
	{0.05, "analytics-go", "3.0.0", "", `"ip":"203.0.113.9","source":"%[1]s"`},
	{0.03, "analytics-python", "2.3.4", "", `"ip":"203.0.113.11","source":"%[1]s"`},
}

func client(r *rand.Rand) *library {
	u := r.Float64()
	for i := range libraries {
		if u -= libraries[i].share; u < 0 {
			return &libraries[i]
		}
	}
	return &libraries[0]
}

func (l *library) appendContext(b []byte, user int, r *rand.Rand) []byte {
	b = append(append(append(b, `{"library":{"name":"`...), l.name...), `","version":"`...)
	b = append(append(b, l.version...), `"},`...)
	return append(fmt.Appendf(b, l.context, words[(user+r.IntN(3))%len(words)]), '}')
}
