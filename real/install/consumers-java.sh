. install/lib/apt.sh
packages openjdk-17-jdk-headless maven
mvn -B -q -f java/pom.xml -Dmaven.repo.local="$PWD/.installed/java/repository" compile dependency:copy-dependencies
