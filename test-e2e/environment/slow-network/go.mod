module slow-network

go 1.21
