package kafka

// Partitions are chosen as Kafka's own producer does (org.apache.kafka.clients.producer.internals.BuiltInPartitioner), so that a key
// is in the same partition whoever writes it.

// partitionOf returns the partition of a hash of a key among n.
func partitionOf(hash uint32, n int) int32 { return int32(int(hash&0x7fffffff) % n) }

// murmur2 is the hash that Kafka uses (org.apache.kafka.common.utils.Utils.murmur2).
func murmur2(b []byte) uint32 {
	const (
		seed uint32 = 0x9747b28c
		m    uint32 = 0x5bd1e995
		r           = 24
	)
	h := seed ^ uint32(len(b))
	for len(b) >= 4 {
		k := uint32(b[3])<<24 + uint32(b[2])<<16 + uint32(b[1])<<8 + uint32(b[0])
		b = b[4:]
		k *= m
		k ^= k >> r
		k *= m
		h *= m
		h ^= k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(b[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	h ^= h >> 15
	return h
}
