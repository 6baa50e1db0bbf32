# As the image of Apache Kafka starts: its own program makes the settings of KAFKA_…, and formats a new disk.
set -eu
export CLUSTER_ID=${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}
java=(/opt/java/bin/java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '/opt/kafka/libs/*')
mkdir -p /tmp/default /tmp/mounted /tmp/final
touch /tmp/final/server.properties
folders=(--default-configs-dir /tmp/default --mounted-configs-dir /tmp/mounted --final-configs-dir /tmp/final)
said=$("${java[@]}" kafka.docker.KafkaDockerWrapper setup "${folders[@]}" 2>&1) || [[ $said == *"already formatted"* ]] || { echo "$said" && exit 1; }
exec "${java[@]}" kafka.Kafka /tmp/final/server.properties
