package rights

import (
	"slices"

	"github.com/weirsec/weir/internal/bus"
)

const api = "$JS.API."

// look is to see a stream and to read single messages of it.
func look(stream string) []string {
	return []string{api + "STREAM.INFO." + stream, api + "DIRECT.GET." + stream, api + "DIRECT.GET." + stream + ".>"}
}

// state is to see what a stream has, but nothing of it.
func state(stream string) []string { return []string{api + "STREAM.INFO." + stream} }

// consume is what a stage needs of its consumers, which exist already.
func consume(stage string, partitions int) []string {
	reader, _ := bus.ReaderOf(stage)
	var all []string
	for p := range partitions {
		at := reader.Stream + "." + bus.ConsumerName(stage, p)
		all = append(all,
			api+"CONSUMER.INFO."+at, api+"CONSUMER.MSG.NEXT."+at, api+"CONSUMER.UNPIN."+at,
			// The second form is that of servers with domain and account in it.
			"$JS.ACK."+at+".>", "$JS.ACK.*.*."+at+".>")
	}
	return all
}

// read is to read a stream by consumers of one's own.
func read(stream string) []string {
	return slices.Concat(look(stream), []string{
		api + "CONSUMER.CREATE." + stream + ".>", api + "CONSUMER.INFO." + stream + ".>",
		api + "CONSUMER.LIST." + stream, api + "CONSUMER.DELETE." + stream + ".>",
		api + "CONSUMER.MSG.NEXT." + stream + ".>",
		"$JS.ACK." + stream + ".>", "$JS.ACK.*.*." + stream + ".>",
		"$JS.FC." + stream + ".>", "$JS.FC.*.*." + stream + ".>",
	})
}

// watch is to read a bucket and to follow its changes.
func watch(bucket string) []string {
	stream := bus.BucketStream(bucket)
	return []string{
		api + "STREAM.INFO." + stream, api + "DIRECT.GET." + stream + ".>",
		api + "CONSUMER.CREATE." + stream + ".>", api + "CONSUMER.INFO." + stream + ".>",
		api + "CONSUMER.DELETE." + stream + ".>",
		"$JS.FC." + stream + ".>", "$JS.FC.*.*." + stream + ".>",
	}
}

// keep is to write keys of a bucket and to read them one by one.
func keep(bucket, keys string) []string {
	stream, subject := bus.BucketStream(bucket), bus.BucketSubject(bucket, keys)
	return []string{api + "STREAM.INFO." + stream, api + "DIRECT.GET." + stream + "." + subject, subject}
}

// store is to keep what begins with a stage's name, and to list it.
func store(bucket, stage string) []string {
	stream := bus.BucketStream(bucket)
	return append(keep(bucket, stage+".>"),
		// The subject that makes a consumer names what it selects.
		api+"CONSUMER.CREATE."+stream+".*."+bus.BucketSubject(bucket, stage+".>"),
		api+"CONSUMER.DELETE."+stream+".*",
		"$JS.FC."+stream+".>", "$JS.FC.*.*."+stream+".>")
}

// edit is to follow a bucket and to write all of it.
func edit(bucket string) []string {
	return append(watch(bucket), bus.BucketSubject(bucket, ">"))
}

// member is to see the members, and to be one of a kind.
func member(kind string) []string {
	return append(watch(bus.BucketMembers), bus.BucketSubject(bus.BucketMembers, kind+".>"))
}
