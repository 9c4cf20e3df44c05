module github.com/weirsec/weir/test

go 1.26.0
